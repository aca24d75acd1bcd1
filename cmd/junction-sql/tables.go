package main

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
)

func (p *program) tables(args []string) error {
	flags, c := newFlags()
	if err := c.parse(flags, args); err != nil {
		return err
	}
	d, err := open(p.ctx, c.address)
	if err != nil {
		return err
	}
	defer d.Close()
	tables, err := d.joinTables(p.ctx, c)
	if err != nil {
		return err
	}
	if len(tables) == 0 {
		return errNoTables
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "TABLE\tLEFT\tRIGHT\tROWS\tOPENS FOR\n")
	for _, t := range tables {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", visible(t.Name), visible(t.left), visible(t.right), grouped(t.rows), t.opens())
	}
	err = w.Flush()
	for _, t := range tables {
		if t.writing != nil {
			err = errors.Join(err, p.print("\n%s: %s\n", visible(t.Name), strings.ReplaceAll(t.writing.Error(), "junction: ", "")))
		}
	}
	return err
}

// opens says in a word how a table can be opened.
func (t *joinTable) opens() string {
	switch {
	case t.writing == nil:
		return "write"
	case t.reading == nil:
		return "read"
	}
	return "no"
}

// one returns the table that a command is about.
func (p *program) one(d *database, c *choice) (*joinTable, error) {
	tables, err := d.joinTables(p.ctx, c)
	if err != nil {
		return nil, err
	}
	if len(tables) == 0 {
		return nil, errNoTables
	}
	if len(tables) > 1 {
		var names []string
		for _, t := range tables {
			names = append(names, visible(t.Name))
		}
		return nil, fmt.Errorf("-table must say which one: %s", strings.Join(names, ", "))
	}
	return tables[0], nil
}
