package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"
)

// requirement is a line of go mod graph: one module at one version requires another.
type requirement struct{ by, of module }

// module is a module at a version. A main module has none.
type module struct{ path, version string }

// requirements reads the lines of r, of any length and with any line end. An error ends the
// sequence.
func requirements(r io.Reader) iter.Seq2[requirement, error] {
	return func(yield func(requirement, error) bool) {
		lines := bufio.NewReader(r)
		for n := 1; ; n++ {
			line, end := lines.ReadString('\n')
			if end != nil && end != io.EOF {
				yield(requirement{}, end)
				return
			}
			if n == 1 {
				line = strings.TrimPrefix(line, "\uFEFF") // some editors begin a file so
			}
			if strings.TrimSpace(line) != "" {
				req, err := parseRequirement(line)
				if err != nil {
					err = fmt.Errorf("line %d: %w", n, err)
				}
				if !yield(req, err) || err != nil {
					return
				}
			}
			if end == io.EOF {
				return
			}
		}
	}
}

// parseRequirement reads "module[@version] required@version".
func parseRequirement(line string) (req requirement, err error) {
	if !utf8.ValidString(line) {
		return req, errors.New("this is not UTF-8 text")
	}
	fields := strings.Fields(line)
	if len(fields) != 2 {
		return req, fmt.Errorf("want two modules, as in \"a b@v1.0.0\", not %.60q", strings.TrimSpace(line))
	}
	if req.by, err = parseModule(fields[0]); err != nil {
		return req, err
	}
	if req.of, err = parseModule(fields[1]); err != nil {
		return req, err
	}
	if req.of.version == "" {
		return req, fmt.Errorf("required module %.60q has no version", fields[1])
	}
	return req, nil
}

func parseModule(text string) (module, error) {
	path, version, found := strings.Cut(text, "@")
	halves := path != "" && (version != "" || !found) && !strings.Contains(version, "@")
	if !halves || strings.ContainsFunc(text, unicode.IsControl) {
		return module{}, fmt.Errorf("%.60q is no module: want path@version", text)
	}
	return module{path, version}, nil
}
