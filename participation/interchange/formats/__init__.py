"""The formats, a module each: `ours` reads and writes, the others read. `tables` and `json_rows` open files for them."""
