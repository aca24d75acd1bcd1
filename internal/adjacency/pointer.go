package adjacency

import (
	"sync/atomic"
	"unsafe"
)

// frozenPointer is an atomic.Pointer[Frozen], which every package that sees it would compile.
type frozenPointer struct{ p unsafe.Pointer }

func (p *frozenPointer) Load() *Frozen   { return (*Frozen)(atomic.LoadPointer(&p.p)) }
func (p *frozenPointer) Store(f *Frozen) { atomic.StorePointer(&p.p, unsafe.Pointer(f)) }
