export { smallWorld as demoWorld } from './small.ts';
