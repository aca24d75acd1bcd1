package adjacency

import (
	"unsafe"

	"github.com/seed-250bd433/junction/internal/intmap"
)

// slotTable finds slots by integers. It is an intmap.Map behind an unsafe pointer, and its methods
// are not inlined, because each package that sees an instance of a generic type, be it as a field
// of a field of a type that it names, compiles all methods of the instance.
type slotTable struct{ m unsafe.Pointer }

//go:noinline
func newSlotTable(nodes int) slotTable { return slotTable{unsafe.Pointer(intmap.New[*Slot](nodes))} }

func (t slotTable) all() *intmap.Map[*Slot] { return (*intmap.Map[*Slot])(t.m) }

func (t slotTable) exists() bool { return t.m != nil }

//go:noinline
func (t slotTable) get(k uint64) *Slot { return t.all().Get(k) }

//go:noinline
func (t slotTable) put(k uint64, s *Slot) { t.all().Put(k, s) }

//go:noinline
func (t slotTable) delete(k uint64) { t.all().Delete(k) }

//go:noinline
func (t slotTable) len() int { return t.all().Len() }

//go:noinline
func (t slotTable) capacity() int { return t.all().Capacity() }

//go:noinline
func (t slotTable) check() error { return t.all().Check() }

// bitsOf returns an integer of size bytes as one of 64 bits that no other of its type is.
func bitsOf(k Pointer, size uintptr) uint64 {
	switch size {
	case 8:
		return *(*uint64)(k)
	case 4:
		return uint64(*(*uint32)(k))
	case 2:
		return uint64(*(*uint16)(k))
	default:
		return uint64(*(*uint8)(k))
	}
}
