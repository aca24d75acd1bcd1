package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode"

	"github.com/seed-250bd433/junction/persist/filestore"
)

// screen is standard error: what is written to it, and below that a line which says how far the work is.
type screen struct {
	w     io.Writer
	on    bool // that line is wanted
	width int  // of that line, 0 if there is none
}

// Write is for messages, which take the place of the line.
func (s *screen) Write(b []byte) (int, error) {
	s.clear()
	return s.w.Write(b)
}

// show rewrites the line. Work that is done has none, and so short work never does.
func (s *screen) show(p filestore.Progress) {
	if !s.on {
		return
	}
	if p.Done == p.Total {
		s.clear()
		return
	}
	line := fmt.Sprintf("%s %s of %s rows", stages[p.Stage], grouped(int64(p.Done)), grouped(int64(p.Total)))
	s.width = max(s.width, len(line))
	fmt.Fprintf(s.w, "\r%-*s", s.width, line)
}

var stages = map[string]string{"load": "loading", "compact": "compacting", "inspect": "inspecting", "salvage": "salvaging",
	"backup": "copying", "rewrite": "rewriting"}

func (s *screen) clear() {
	if s.width > 0 {
		fmt.Fprintf(s.w, "\r%*s\r", s.width, "")
		s.width = 0
	}
}

// isTerminal reports whether somebody may watch what is written.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// grouped writes a number that is not negative as people read it: 1,234,567.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return grouped(n) + " " + noun + "s"
}

// visible returns a name from a directory, quoted if it would not be seen to be one word.
func visible(name string) string {
	if q := strconv.QuoteToGraphic(name); q != `"`+name+`"` || name == "" || strings.ContainsFunc(name, unicode.IsSpace) {
		return q
	}
	return name
}
