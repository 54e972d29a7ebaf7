import { z } from "zod";

// The window's policy forbids code from strings, which zod otherwise tries when the first schema is made: this file is imported
// before all that makes one.
z.config({ jitless: true });
