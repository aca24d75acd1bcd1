// Package raw holds values of types that the code which works on them does not know. A Type is
// what that takes: how large values are, and how arrays of them are made, copied and cleared so
// that the garbage collector sees every pointer in them.
//
// It exists so that the library's code is compiled once, with the library, and not once more for
// each type of relation in each package of a program. Its users follow these rules:
//
//  1. Memory for values comes from Grow, New, Box, BoxAll or a List of their own Type. Memory of
//     a Type with pointers is typed for the collector; that of a Type without pointers is never
//     scanned, and no pointer is ever written to it.
//  2. Values are copied and cleared by their Type, or by a Go assignment through a pointer of
//     their own Go type. Both tell the collector when a pointer is overwritten. Values with
//     pointers are never copied as bytes.
//  3. A Pointer points to a value, or to an element of an array. It never points behind the last
//     element: the next object in memory might begin there. Values without a size all have one
//     address, which is not nil.
//  4. Values are compared by functions of their Go type, never as bytes: a value may have
//     padding, which copying need not keep, and one that equals another may have other bytes.
//  5. A hidden pointer (see Hide) points to a variable of the function that hid it, or of one of
//     its callers. It may be passed down and used until that function returns. It is never kept
//     on the heap, neither in a field nor in a closure nor in a channel, and never given to
//     another goroutine: a stack moves when it grows and when it shrinks, and its goroutine's own
//     frames are the only ones that follow. What must be kept is boxed first.
//  6. A Type never changes once it is made, and any number of goroutines may use it. The owner of
//     values guards their memory.
package raw
