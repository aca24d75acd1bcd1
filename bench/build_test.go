package bench

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkBuild builds a program with one relation and with nine, which differ in the type of
// their through values, and says what a relation more costs: processor time of the compiler and
// the linker, and bytes of the program.
func BenchmarkBuild(b *testing.B) {
	const more = 8
	dir := b.TempDir()
	build(b, dir, 1) // what both import is in the build cache from now on
	var seconds, size float64
	for b.Loop() {
		t1, size1 := build(b, dir, 1)
		t2, size2 := build(b, dir, 1+more)
		seconds += (t2 - t1).Seconds() / more
		size += float64(size2-size1) / more
	}
	b.ReportMetric(seconds/float64(b.N), "cpu-s/relation")
	b.ReportMetric(size/float64(b.N), "B/relation")
}

// build builds a program that no build cache has.
func build(b *testing.B, dir string, relations int) (cpu time.Duration, size int64) {
	b.Helper()
	source, program := filepath.Join(dir, "main.go"), filepath.Join(dir, "program")
	if err := os.WriteFile(source, programOf(relations), 0o600); err != nil {
		b.Fatal(err)
	}
	command := exec.Command("go", "build", "-o", program, source)
	if out, err := command.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	info, err := os.Stat(program)
	if err != nil {
		b.Fatal(err)
	}
	return command.ProcessState.UserTime() + command.ProcessState.SystemTime(), info.Size()
}

// programOf returns a program that uses some relations.
func programOf(relations int) []byte {
	var source bytes.Buffer
	fmt.Fprintf(&source, `package main // %d

import (
	"fmt"

	"github.com/seed-250bd433/junction"
)

func use[T any](m *junction.ManyToMany[string, int, T]) {
	var through T
	m.Add("a", 1, through)
	m.Left("a").SetKeys(1, 2, 3)
	fmt.Println(m.Has("a", 1), m.Left("a").Count(), m.Right(1).Count())
	for e := range m.Edges() {
		fmt.Println(e)
	}
}

func main() {
`, time.Now().UnixNano())
	for i := range relations {
		fmt.Fprintf(&source, "\tuse(junction.New[string, int, struct{ field [%d]int32 }]())\n", i+1)
	}
	source.WriteString("}\n")
	return source.Bytes()
}
