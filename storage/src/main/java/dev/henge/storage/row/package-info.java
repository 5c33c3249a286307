/** What is versioned ({@link dev.henge.storage.row.Row}), how two copies become one
 * ({@link dev.henge.storage.row.RowMerge}), and how they are written ({@link dev.henge.storage.row.RowCodec}). */
package dev.henge.storage.row;
