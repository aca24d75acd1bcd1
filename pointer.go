package junction

import "unsafe"

// pointer points to a key, a value or an entry.
type pointer = unsafe.Pointer
