// Package transfer writes the edges of relations as JSON lines or CSV, and reads them back. It is
// a package of its own so that programs which do neither do not carry encoding/json and
// encoding/csv.
//
//	err := transfer.WriteJSON(file, members)
//	counts, err := transfer.ReadJSON(file, members, nil)
//
// # Formats
//
// JSON lines have an object for each edge:
//
//	{"left":"ada","right":"engine","through":{"role":"owner"}}
//
// Keys and values are what encoding/json makes of them, so that tags and MarshalJSON count. A
// graph is written with the member "relation" in front. Reading takes members in any order,
// refuses those that it does not know, and takes a missing through value for the zero value;
// blank lines are passed over.
//
// CSV has the columns left and right, and then the through value: none if its type is struct{};
// one for each exported field if it is a struct that has no text form; otherwise one with the
// name through. A field's column has its name, or the one in its tag `json:"name"`. Strings and
// numbers stand as they are, types with MarshalText and UnmarshalText (time.Time is one) in their
// text form, and everything else as JSON. The first row names the columns. Reading takes them in
// any order.
//
// # What is kept
//
// What was written reads back as the same edges, or the write fails: text that is not UTF-8 is no
// JSON, and CSV cannot hold a carriage return before a line feed. Fields that encoding/json
// leaves out, because they are not exported or have the tag `json:"-"`, are not written. A time
// keeps its instant. What stands in an interface reads back as the types of encoding/json.
//
// # Cost and errors
//
// Writing shows the relation at one moment, holds no lock, and needs memory for one edge. Reading
// makes one commit of all edges, or none if there is an error; Options.Chunk makes several, so
// that memory is bounded. Errors in the input say in which line, and wrap ErrFormat. A file that
// was cut off between two lines reads as a shorter one: neither format can tell.
package transfer
