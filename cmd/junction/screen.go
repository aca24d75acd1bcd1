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

// screen is standard error: messages, and below them a line with the progress.
type screen struct {
	w     io.Writer
	on    bool // the line is wanted
	width int  // of the line, 0 if there is none
}

// Write writes a message, which replaces the line.
func (s *screen) Write(b []byte) (int, error) {
	s.clear()
	return s.w.Write(b)
}

// show rewrites the line. Work that is done has none, so short work never has one.
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

// isTerminal reports whether w is a terminal.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// grouped formats a number that is not negative with commas: 1,234,567.
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

// visible returns a name, quoted unless it is one printable word.
func visible(name string) string {
	if q := strconv.QuoteToGraphic(name); q != `"`+name+`"` || name == "" || strings.ContainsFunc(name, unicode.IsSpace) {
		return q
	}
	return name
}
