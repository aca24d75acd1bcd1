package raw

// List is an array of values that grows. A List of a Type is empty without further ado.
//
// What holds at all times: what lies between Len and Cap is zero.
type List struct {
	Of       *Type
	P        Pointer
	Len, Cap int
}

// At returns value i, which is below Cap.
func (l *List) At(i int) Pointer { return At(l.P, i, l.Of.Size) }

// Room makes room for n more values.
func (l *List) Room(n int) {
	if l.Len+n <= l.Cap {
		return
	}
	p, room := l.Of.Grow(max(l.Len+n, 2*l.Len, 4))
	l.Of.Move(p, l.P, l.Len)
	l.P, l.Cap = p, room
}

// Append adds a copy of a value.
func (l *List) Append(p Pointer) {
	if l.Len == l.Cap {
		l.Room(1)
	}
	l.Of.Set(l.At(l.Len), p)
	l.Len++
}

// AppendOrZero adds a copy of a value, or the zero value for nil.
func (l *List) AppendOrZero(p Pointer) {
	if p != nil {
		l.Append(p)
		return
	}
	l.Room(1)
	l.Len++
}

// Reset takes all values out. The list keeps the room for them.
func (l *List) Reset() {
	l.Of.Clear(l.P, l.Len)
	l.Len = 0
}
