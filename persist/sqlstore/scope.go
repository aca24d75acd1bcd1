package sqlstore

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seed-250bd433/junction/persist"
)

// SQL is an expression in the SQL of the database, such as "now()". It becomes part of statements
// as it is.
type SQL string

// Values are values by the names of columns. A value is a constant that database/sql takes, of
// which nil is NULL; or an expression in SQL; or a function without arguments that returns such a
// constant, and is called for each row.
type Values map[string]any

// setting is the value of a column that the relation does not have.
type setting struct {
	column string
	text   string // an expression; "" for a function
	call   func() (any, error)
	place  int // of the function's value in a row

	constant bool
}

// scope is which rows of a table are the relation's, and what the store writes to their other
// columns.
type scope struct {
	where    []setting // constants only
	onInsert []setting // of a row that is inserted: those of Where, OnInsert and OnUpdate
	onUpdate []setting
	onDelete []setting // none if rows are deleted
	made     []column  // columns of functions: their values stand in a row behind the relation's

	looks   bool        // another index could take a row to insert for one of another pair
	target  uniqueIndex // by which the database finds a row that is there
	revived []setting   // of where: what a row of the target that was deleted gets back
	guards  []setting   // of where: what a row of the target must have to be the relation's
}

// settle finds out what the Table says of columns that the relation does not have.
func (m *mapping) settle(e engine, found *live) error {
	m.scope = scope{}
	var errs []error
	list := func(field string, values Values, constants bool) (all []setting) {
		for _, name := range slices.Sorted(maps.Keys(values)) {
			s, err := m.setting(e, found, name, values[name], constants)
			if err != nil {
				errs = append(errs, m.tableError("%s: column %q %v", field, name, err))
				continue
			}
			all = append(all, s)
		}
		return all
	}
	m.where = list("Where", m.Where, true)
	m.onInsert = append(slices.Clone(m.where), list("OnInsert", m.OnInsert, false)...)
	m.onUpdate = list("OnUpdate", m.OnUpdate, false)
	m.onDelete = list("OnDelete", m.OnDelete, false)
	for _, s := range m.onUpdate {
		if !has(m.onInsert, s.column) {
			m.onInsert = append(m.onInsert, s)
		}
	}
	return errors.Join(append(errs, m.checkScope())...)
}

func has(settings []setting, column string) bool {
	return slices.ContainsFunc(settings, func(s setting) bool { return s.column == column })
}

// setting returns the value of a column.
func (m *mapping) setting(e engine, found *live, name string, value any, constant bool) (s setting, err error) {
	s.column = name
	at := slices.IndexFunc(found.columns, func(l liveColumn) bool { return l.name == name })
	f := reflect.ValueOf(value)
	switch {
	case at < 0:
		return s, errors.New("is missing")
	case m.has(name):
		return s, errors.New("is part of the relation, which gives it its values")
	case found.columns[at].computed:
		return s, errors.New("is computed by the database")
	}
	if text, ok := value.(SQL); ok && !constant {
		s.text = string(text)
		return s, nil
	}
	if f.Kind() != reflect.Func {
		v, err := driver.DefaultParameterConverter.ConvertValue(value)
		if err != nil {
			return s, fmt.Errorf("has a value that is no constant: %w", err)
		}
		s.constant = true
		s.text, err = e.literal(v)
		return s, err
	}
	if constant || f.IsNil() || f.Type().NumIn() != 0 || f.Type().NumOut() != 1 {
		return s, fmt.Errorf("has a %T, and not %s", value, wantedValue(constant))
	}
	c := column{Column: persist.Column{Name: name, Kind: persist.Driver, Nullable: true}, live: found.columns[at], given: m.Times[name]}
	m.made = append(m.made, c)
	s.place = len(m.columns) + len(m.made) - 1
	s.call = func() (any, error) {
		return driver.DefaultParameterConverter.ConvertValue(f.Call(nil)[0].Interface())
	}
	return s, e.fit(&m.made[len(m.made)-1])
}

func wantedValue(constant bool) string {
	if constant {
		return "a constant"
	}
	return "a constant, an expression in SQL or a function without arguments and with one result"
}

// checkScope refuses values that contradict each other.
func (m *mapping) checkScope() error {
	var errs []error
	for _, s := range m.where {
		if _, twice := m.OnInsert[s.column]; twice {
			errs = append(errs, m.tableError("column %q is in Where and in OnInsert", s.column))
		}
		if _, twice := m.OnUpdate[s.column]; twice {
			errs = append(errs, m.tableError("column %q is in Where and in OnUpdate", s.column))
		}
	}
	if len(m.onDelete) > 0 && !slices.ContainsFunc(m.where, func(s setting) bool { return has(m.onDelete, s.column) }) {
		errs = append(errs, m.tableError("OnDelete sets no column of Where, so that a row would still be the relation's after it was removed"))
	}
	return errors.Join(errs...)
}

// literalOf returns a constant as it stands in a statement, of the kinds that are the same
// everywhere.
func literalOf(v any, quote func(s string) (string, error), hex string) (string, error) {
	switch v := v.(type) {
	case nil:
		return "NULL", nil
	case bool:
		return strings.ToUpper(strconv.FormatBool(v)), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), nil
	case string:
		if strings.Contains(v, "\x00") || !utf8.ValidString(v) {
			return "", fmt.Errorf("has %q, which is no text", v)
		}
		return quote(v)
	case []byte:
		return fmt.Sprintf(hex, v), nil
	}
	return "", fmt.Errorf("has a %T: give a time as text", v)
}

// condition returns the condition of a constant.
func (s *setting) condition(e engine, table string) string {
	if s.text == "NULL" {
		return table + e.quote(s.column) + " IS NULL"
	}
	return table + e.quote(s.column) + " = " + s.text
}

// inScope returns the condition by which rows of a table are the relation's, behind an AND.
func (m *mapping) inScope(e engine, table string) string {
	if len(m.where) == 0 {
		return ""
	}
	return " AND " + allOf(e, m.where, table)
}

// whereInScope returns the WHERE of a statement that reads all rows of the relation.
func (m *mapping) whereInScope(e engine) string {
	if len(m.where) == 0 {
		return ""
	}
	return " WHERE " + allOf(e, m.where, "")
}

// allOf returns conditions, joined by AND.
func allOf(e engine, settings []setting, table string) string {
	var texts []string
	for i := range settings {
		texts = append(texts, settings[i].condition(e, table))
	}
	return strings.Join(texts, " AND ")
}

// fill calls the functions of settings, and sets their values in a row.
func (m *mapping) fill(row []any, settings []setting) error {
	for _, s := range settings {
		if s.call == nil {
			continue
		}
		c := m.column(s.place)
		v, err := s.call()
		if err == nil && v != nil {
			v, err = c.made(v)
		}
		if err != nil {
			return fmt.Errorf("junction: table %s, row (%v, %v), column %q: %w", m, show(row[0]), show(row[1]), c.Name, err)
		}
		row[s.place] = v
	}
	return nil
}

// made turns what a function has made into the value that is written. A time is cut to what the
// column keeps, and in SQLite to the digits of its rows: other programs may read no more.
func (c *column) made(v any) (any, error) {
	t, isTime := v.(time.Time)
	if c.toDB == nil {
		return v, nil
	}
	if !isTime {
		return c.toDB(v)
	}
	t = t.UTC()
	if c.form != nil {
		t = c.form.cut(t)
	}
	var err error
	for _, unit := range []time.Duration{time.Microsecond, time.Millisecond, time.Second, 24 * time.Hour} {
		if v, err = c.toDB(t.Truncate(unit)); err == nil {
			return v, nil
		}
	}
	return nil, err
}

// column returns the column at a place of a row.
func (m *mapping) column(place int) *column {
	if place < len(m.columns) {
		return &m.columns[place]
	}
	return &m.made[place-len(m.columns)]
}

// places returns where in a row the values of functions are.
func places(settings []setting) (all []int) {
	for _, s := range settings {
		if s.call != nil {
			all = append(all, s.place)
		}
	}
	return all
}

// uniqueIndex is a unique index.
type uniqueIndex struct {
	columns    []string // "" is an expression
	where      string   // the condition of the rows that it has; "" if it has all
	primary    bool
	nullsEqual bool // two NULLs are one value
}

// choose finds the indexes that hold for rows of the relation, without the columns that Where
// fixes, and the one by which a row of a pair is found: the one with the fewest conditions.
func (m *mapping) choose(found *live) {
	found.unique = nil
	for _, index := range found.indexes {
		columns, holds := m.within(index)
		if !holds {
			continue
		}
		found.unique = append(found.unique, columns)
		isPair := len(columns) == 2 && isSubset(columns, m.pair())
		if isPair && (m.target.columns == nil || index.conditions() < m.target.conditions()) {
			m.target = index
		}
		if index.primary && !slices.ContainsFunc(m.pair(), func(key string) bool { return slices.Contains(index.columns, key) }) {
			for i := range m.columns {
				m.columns[i].identity = slices.Contains(index.columns, m.columns[i].Name)
			}
		}
	}
	for _, s := range m.where {
		switch {
		case slices.Contains(m.target.columns, s.column) || slices.Contains(conjuncts(m.target.where), normalCondition(s)):
		case has(m.onDelete, s.column):
			m.revived = append(m.revived, s)
		default:
			m.guards = append(m.guards, s)
		}
	}
}

// conditions is how many conditions a row meets that an index has for the pair.
func (u *uniqueIndex) conditions() int { return len(u.columns) + 10*len(conjuncts(u.where)) }

// within returns the columns of an index that Where does not fix, and whether the index rules out a
// second row of the relation that has the same in these.
func (m *mapping) within(index uniqueIndex) (columns []string, holds bool) {
	var fixed []string
	for _, s := range m.where {
		fixed = append(fixed, normalCondition(s))
	}
	for _, condition := range conjuncts(index.where) {
		if !slices.Contains(fixed, condition) {
			return nil, false
		}
	}
	for _, name := range index.columns {
		at := slices.IndexFunc(m.where, func(s setting) bool { return s.column == name })
		switch {
		case at < 0:
			columns = append(columns, name)
		case m.where[at].text == "NULL" && !index.nullsEqual:
			return nil, false
		}
	}
	return columns, true
}

// normalCondition returns a condition of Where as conjuncts returns that of an index.
func normalCondition(s setting) string {
	if s.text == "NULL" {
		return strings.ToLower(s.column) + " is null"
	}
	return strings.ToLower(s.column) + " = " + normalConstant(s.text)
}

func normalConstant(text string) string {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "true":
		return "1"
	case "false":
		return "0"
	}
	text = strings.TrimSpace(text)
	if number := strings.Trim(text, "'"); integerText.MatchString(number) {
		return number
	}
	return text
}

var (
	integerText = regexp.MustCompile(`^-?\d+$`)
	castText    = regexp.MustCompile(`::("[^"]*"|[a-z_]+( [a-z]+)*)(\(\d+\))?`)
	andText     = regexp.MustCompile(`(?i)\s+and\s+`)
	isNullText  = regexp.MustCompile(`(?i)^([^\s()]+)\s+is\s+null$`)
	equalsText  = regexp.MustCompile(`(?is)^(\S+?)\s*=+\s*(.+)$`)
	notText     = regexp.MustCompile(`(?i)^not\s+(\S+)$`)
)

// conjuncts returns the conditions of an index that are joined by AND, in one spelling. What is not
// understood stays as it is, and meets no condition of Where.
func conjuncts(where string) (all []string) {
	if where == "" {
		return nil
	}
	for _, one := range andText.Split(unwrapped(castText.ReplaceAllString(where, "")), -1) {
		one = unwrapped(one)
		switch {
		case isNullText.MatchString(one):
			all = append(all, plainName(isNullText.FindStringSubmatch(one)[1])+" is null")
		case equalsText.MatchString(one):
			parts := equalsText.FindStringSubmatch(one)
			all = append(all, plainName(parts[1])+" = "+normalConstant(unwrapped(parts[2])))
		case notText.MatchString(one):
			all = append(all, plainName(notText.FindStringSubmatch(one)[1])+" = 0")
		case !strings.ContainsAny(one, " ()"):
			all = append(all, plainName(one)+" = 1")
		default:
			all = append(all, one)
		}
	}
	return all
}

// plainName returns the name of a column without quotes and brackets.
func plainName(name string) string {
	return strings.ToLower(strings.Trim(name, "\"`[]()"))
}

// unwrapped returns text without brackets around it.
func unwrapped(text string) string {
	text = strings.TrimSpace(text)
	for strings.HasPrefix(text, "(") && closing(text) == len(text)-1 {
		text = strings.TrimSpace(text[1 : len(text)-1])
	}
	return text
}

// closing returns where the bracket closes with which text begins.
func closing(text string) int {
	depth := 0
	for i := range len(text) {
		switch text[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}
