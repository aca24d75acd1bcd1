package main

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/filestore"
)

func (p *program) stat(args []string) error {
	flags := newFlags()
	asJSON := flags.Bool("json", false, "")
	dirs, err := parse(flags, args, "DIR")
	if err != nil {
		return err
	}
	info, err := p.inspect(dirs[0])
	if err != nil {
		return err
	}
	s := statOf(info)
	if *asJSON {
		e := json.NewEncoder(p.stdout)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(s)
	}
	return s.print(p.stdout)
}

// stat is what a directory holds, in the form that -json prints.
type stat struct {
	Revision  uint64         `json:"revision"`
	Rows      int            `json:"rows"`
	Bytes     int64          `json:"bytes"`
	Relations []statRelation `json:"relations"`
	Files     []statFile     `json:"files"`
	Torn      *statTorn      `json:"torn,omitempty"`
	Damaged   string         `json:"damaged,omitempty"` // snapshots that Load passes over
}

type statRelation struct {
	Name       string       `json:"name"`
	Rows       int          `json:"rows"`
	Undirected bool         `json:"undirected"`
	Left       persist.Kind `json:"left"`
	Right      persist.Kind `json:"right"`
	Through    persist.Kind `json:"through"`
}

type statFile struct {
	Name     string `json:"name"`
	Bytes    int64  `json:"bytes"`
	Used     bool   `json:"used"`
	Revision uint64 `json:"revision,omitempty"` // of a file that is used
}

type statTorn struct {
	File   string `json:"file"`
	Offset int64  `json:"offset"`
	Bytes  int64  `json:"bytes"`
	Why    string `json:"why"`
}

func statOf(info *filestore.Info) *stat {
	s := &stat{Revision: info.Revision, Bytes: sizeOf(info.Files), Relations: []statRelation{}, Files: []statFile{}}
	for i, r := range info.Schema.Relations {
		s.Rows += info.Rows[i]
		s.Relations = append(s.Relations, statRelation{r.Name, info.Rows[i], r.Undirected, r.Left, r.Right, r.Through})
	}
	for _, f := range info.Files {
		s.Files = append(s.Files, statFile{f.Name, f.Bytes, f.Used, f.Revision})
	}
	if t := info.Torn; t != nil {
		s.Torn = &statTorn{t.File, t.Offset, t.Bytes, t.Why}
	}
	if info.Skipped != nil {
		s.Damaged = info.Skipped.Error()
	}
	return s
}

// print writes tables.
func (s *stat) print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "revision\t%d\n", s.Revision)
	fmt.Fprintf(t, "rows\t%s\n", grouped(int64(s.Rows)))
	fmt.Fprintf(t, "bytes\t%s\n", grouped(s.Bytes))
	if s.Torn != nil {
		fmt.Fprintf(t, "torn tail\t%v\n", s.Torn)
	}
	if s.Damaged != "" {
		fmt.Fprintf(t, "passed over\t%s\n", strings.ReplaceAll(s.Damaged, "\n", "\n\t"))
	}
	if len(s.Relations) > 0 {
		fmt.Fprint(t, "\nRELATION\tROWS\tLEFT\tRIGHT\tTHROUGH\tEDGES\n")
	}
	for _, r := range s.Relations {
		fmt.Fprintln(t, r)
	}
	if len(s.Files) > 0 {
		fmt.Fprint(t, "\nFILE\tBYTES\tHOLDS\n")
	}
	for _, f := range s.Files {
		fmt.Fprintln(t, f)
	}
	return t.Flush()
}

func (r statRelation) String() string {
	edges := "directed"
	if r.Undirected {
		edges = "undirected"
	}
	cells := []string{visible(r.Name), grouped(int64(r.Rows))}
	for _, k := range []persist.Kind{r.Left, r.Right, r.Through} {
		cells = append(cells, visible(string(k)))
	}
	return strings.Join(append(cells, edges), "\t")
}

func (f statFile) String() string {
	holds := "nothing of use"
	switch {
	case f.Used && filepath.Ext(f.Name) == ".snap":
		holds = fmt.Sprintf("all rows at revision %d", f.Revision)
	case f.Used:
		holds = fmt.Sprintf("commits from revision %d", f.Revision)
	}
	return fmt.Sprintf("%s\t%s\t%s", f.Name, grouped(f.Bytes), holds)
}

func (t *statTorn) String() string {
	return fmt.Sprintf("%s, offset %d, %s: %s", t.File, t.Offset, plural(t.Bytes, "byte"), t.Why)
}
