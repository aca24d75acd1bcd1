package persist

import (
	"errors"
	"fmt"
)

// Schema is the shape of a graph: what a store records to know whether its rows fit the program
// that reads them. It has a JSON form, so that it can be recorded by encoding/json.
type Schema struct {
	Relations []Relation `json:"relations"`
}

// Relation is the shape of the rows of one relation.
type Relation struct {
	Name       string   `json:"name"`
	Undirected bool     `json:"undirected,omitempty"` // an edge is one row, with the lower key on the left
	Left       Kind     `json:"left"`
	Right      Kind     `json:"right"`
	Through    Kind     `json:"through"`
	Columns    []Column `json:"columns"` // of the Columns form: left key, right key, then those of the through value
}

// Column is one column of a relation in the form Columns.
type Column struct {
	Name     string `json:"name"`
	Kind     Kind   `json:"kind"`
	Nullable bool   `json:"nullable,omitempty"`
}

// Kind says how values of a Go type are represented.
type Kind string

// The kinds. Int and uint are recorded as the 64-bit kinds.
const (
	Int8    Kind = "int8"
	Int16   Kind = "int16"
	Int32   Kind = "int32"
	Int64   Kind = "int64"
	Uint8   Kind = "uint8"
	Uint16  Kind = "uint16"
	Uint32  Kind = "uint32"
	Uint64  Kind = "uint64"
	Float32 Kind = "float32"
	Float64 Kind = "float64"
	Bool    Kind = "bool"
	String  Kind = "string"
	Bytes   Kind = "bytes"
	Time    Kind = "time" // an instant, in nanoseconds; the location is not kept
	Empty   Kind = "empty"

	// MarshalBinary is what encoding.BinaryMarshaler makes of a value.
	MarshalBinary Kind = "binary"
	// CBOR is the encoding of RFC 8949. It describes itself, so that fields can come and go.
	CBOR Kind = "cbor"
	// UUID is a column of 16 bytes. They are put as a []byte of this length, and may come back
	// so, as a string of these bytes, or as text: 32 hexadecimal digits of either case, without
	// hyphens or with those of RFC 9562.
	UUID Kind = "uuid"
	// JSON is a column that holds JSON as text.
	JSON Kind = "json"
	// Driver is a column of a type that speaks for itself by driver.Valuer and sql.Scanner.
	Driver Kind = "driver"
)

// Custom is the kind of a codec that a program brings along, by its name.
func Custom(name string) Kind { return Kind("codec:" + name) }

// Fit reports whether rows of a recorded schema fit this, the declared one: every relation of
// which there are rows must be declared with the same kinds. Rows says how many there are of the
// recorded relation of a number; an empty relation may go, come, and change. The error is
// ErrSchema, and names all that does not fit. Columns are not compared.
func (s *Schema) Fit(recorded *Schema, rows func(relation int) int) error {
	var errs []error
	for i := range recorded.Relations {
		if n := rows(i); n > 0 {
			errs = append(errs, s.fit(&recorded.Relations[i], n))
		}
	}
	return errors.Join(errs...)
}

func (s *Schema) fit(recorded *Relation, rows int) error {
	i := s.Index(recorded.Name)
	if i < 0 {
		return fmt.Errorf("%w: the store holds %d rows of relation %q, which is not declared (declared: %q)", ErrSchema, rows, recorded.Name, s.names())
	}
	declared := &s.Relations[i]
	if declared.shape() != recorded.shape() {
		return fmt.Errorf("%w: relation %q is declared as %v, and the store holds %d rows of %v", ErrSchema, recorded.Name, declared.shape(), rows, recorded.shape())
	}
	return nil
}

// Index returns the place of a relation, -1 if there is none of the name.
func (s *Schema) Index(name string) int {
	for i := range s.Relations {
		if s.Relations[i].Name == name {
			return i
		}
	}
	return -1
}

func (s *Schema) names() (names []string) {
	for i := range s.Relations {
		names = append(names, s.Relations[i].Name)
	}
	return names
}

// shape is what must be the same for rows to be read.
type shape struct {
	undirected           bool
	left, right, through Kind
}

func (r *Relation) shape() shape { return shape{r.Undirected, r.Left, r.Right, r.Through} }

func (s shape) String() string {
	arrow := "directed"
	if s.undirected {
		arrow = "undirected"
	}
	return fmt.Sprintf("%s (%s, %s, through %s)", arrow, s.left, s.right, s.through)
}
