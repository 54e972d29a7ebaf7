import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";

/** The parts of SQLite's file header (sqlite.org/fileformat2.html, 1.3) that are the same in all our files. */
const magic = Buffer.from("SQLite format 3\0", "latin1");
const headerBytes = 100;
const pageSize = 4096;
const offsets = {
  fixed: 16,
  changeCounter: 24,
  pageCount: 28,
  schemaFormat: 44,
  encoding: 56,
  validFor: 92,
} as const;
/** Page size 4096, WAL for writing and reading, nothing reserved, payload fractions 64, 32, 32. */
const fixed = Buffer.from([0x10, 0x00, 2, 2, 0, 64, 32, 32]);
const newestSchemaFormat = 4;
const utf8 = 1;
const mostPages = 2 ** 31;

/**
 * Mends the header of a working copy, so that SQLite reads the pages that are there: a file that is shorter than its header says, or
 * whose header has a flipped bit, would be refused as a whole. Missing pages become zeros, which read as damage of their own.
 */
export function mendHeader(file: string): void {
  const handle = openSync(file, "r+");
  try {
    const size = fstatSync(handle).size;
    if (size < headerBytes) return;
    const header = Buffer.alloc(headerBytes);
    readSync(handle, header, 0, headerBytes, 0);
    const there = Math.ceil(size / pageSize);
    const told = header.readUInt32BE(offsets.pageCount);
    // A count that is far off is a damaged one; a little more than there is means that the tail was cut off.
    const pages = told >= there && told <= Math.min(mostPages, there * 1000) ? told : there;
    magic.copy(header);
    fixed.copy(header, offsets.fixed);
    header.writeUInt32BE(pages, offsets.pageCount);
    header.writeUInt32BE(newestSchemaFormat, offsets.schemaFormat);
    header.writeUInt32BE(utf8, offsets.encoding);
    header.writeUInt32BE(header.readUInt32BE(offsets.changeCounter), offsets.validFor);
    writeSync(handle, header, 0, headerBytes, 0);
    ftruncateSync(handle, pages * pageSize);
  } finally {
    closeSync(handle);
  }
}
