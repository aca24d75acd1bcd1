package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/seed-250bd433/junction/persist"
)

// TimeForm is a form in which times are written to a column of SQLite, which has no type of
// times: a layout of time.Format, or one of the constants.
type TimeForm string

// The forms that are no layouts: integers, counted from 1970-01-01 00:00:00 UTC.
const (
	UnixSeconds TimeForm = "unix seconds"
	UnixMillis  TimeForm = "unix milliseconds"
	UnixMicros  TimeForm = "unix microseconds"
	UnixNanos   TimeForm = "unix nanoseconds"
)

// unixUnits are the units of integers.
var unixUnits = map[TimeForm]time.Duration{
	UnixSeconds: time.Second, UnixMillis: time.Millisecond, UnixMicros: time.Microsecond, UnixNanos: time.Nanosecond,
}

// timeForm is how the times of a column of SQLite are written. The zero value is a time in UTC
// with the shortest fraction.
type timeForm struct {
	given TimeForm // by Table.Times; "" if the rows decide
	key   bool
	known bool // a row has decided
	unit  time.Duration

	// The parts of a text.

	day    bool   // there is no time of day
	middle string // between day and time of day
	zone   string // the zone's layout, as of time.Format
	at     *time.Location
	digits int  // how many digits a fraction has; 0 is the shortest of 0, 3, 6 and 9
	most   int  // how many digits the longest fraction of a row has
	bare   bool // whole seconds have no fraction, whatever digits says
	trims  bool // a fraction has no zeros at its end
}

// newTimeForm returns the form of a column of which no row is known. A key is written in one
// length, so that the order of texts is that of times. A column that is declared as DATE holds no
// time of day.
func newTimeForm(c *column) *timeForm {
	f := &timeForm{given: c.given, key: c.key}
	if c.key {
		f.digits = 9
	}
	if f.given == "" && strings.HasPrefix(strings.ToUpper(c.live.shown)+" ", "DATE ") {
		f.given = time.DateOnly
	}
	return f
}

// write turns a time into the value to write, and refuses what the form does not hold.
func (f *timeForm) write(v any) (any, error) {
	t, ok := v.(time.Time)
	if !ok {
		return v, nil
	}
	if t.Year() < 0 || t.Year() > 9999 {
		return nil, fmt.Errorf("%v is not between the years 0 and 9999", t)
	}
	switch unit := unixUnits[f.given]; {
	case unit != 0:
		return unixTime(t, unit)
	case f.given != "":
		return layoutTime(t, string(f.given))
	case f.unit != 0:
		return unixTime(t, f.unit)
	case f.day:
		return layoutTime(t, time.DateOnly)
	}
	if f.at != nil {
		t = t.In(f.at)
	} else {
		t = t.UTC()
	}
	middle, zone := f.middle, f.zone
	if !f.known {
		middle, zone = " ", "-07:00"
	}
	return t.Format(time.DateOnly + middle + time.TimeOnly + f.fraction(t) + zone), nil
}

// fraction returns the layout of the fraction of a time's second.
func (f *timeForm) fraction(t time.Time) string {
	digits := 9
	for _, fewer := range []int{6, 3, 0} {
		if t.Nanosecond()%nanos(fewer) == 0 {
			digits = fewer
		}
	}
	if t.Nanosecond()%nanos(f.digits) == 0 && (digits > 0 || !f.bare) {
		digits = f.digits
	}
	switch {
	case f.trims:
		return ".999999999"
	case digits == 0:
		return ""
	}
	return "." + strings.Repeat("0", digits)
}

// nanos returns the nanoseconds of the last of some digits of a second.
func nanos(digits int) int {
	n := int(time.Second)
	for range digits {
		n /= 10
	}
	return n
}

// cut takes away what is finer than the times of the rows are.
func (f *timeForm) cut(t time.Time) time.Time {
	if !f.known || f.unit != 0 {
		return t
	}
	return t.Truncate(time.Duration(nanos(f.most)))
}

func unixTime(t time.Time, unit time.Duration) (any, error) {
	if t.Nanosecond()%int(unit) != 0 {
		return nil, fmt.Errorf("%v is finer than the %v that the column keeps: use time.Time.Truncate", t, unit)
	}
	return t.Unix()*int64(time.Second/unit) + int64(t.Nanosecond())/int64(unit), nil
}

// layoutTime writes a time in UTC by a layout, which must hold all of it.
func layoutTime(t time.Time, layout string) (any, error) {
	text := t.UTC().Format(layout)
	if back, err := time.Parse(layout, text); err != nil || !back.Equal(t) {
		return nil, fmt.Errorf("%v is more than the form %q of the column holds, which makes it %q", t, layout, text)
	}
	return text, nil
}

// timeText is a time as databases, drivers and frameworks write it.
var timeText = regexp.MustCompile(`^\d{4}-\d\d-\d\d(?:([ T])\d\d:\d\d:\d\d(?:\.(\d{1,9}))?( UTC|Z|( ?[+-]\d\d(:?)\d\d)( UTC)?)?)?$`)

// learn takes the form of times from values of a column.
func (f *timeForm) learn(values []any) {
	var last *timeForm
	votes := map[timeForm]int{}
	for _, v := range values {
		one, ok := formOf(v)
		if !ok {
			continue
		}
		votes[one]++
		if last == nil || votes[one] > votes[*last] {
			last = &one
		}
	}
	if last == nil {
		return
	}
	last.given, last.key, last.known = f.given, f.key, true
	*f = *last
	f.learnFraction(values)
}

// learnFraction looks how long fractions are. Where some end with zeros that the shortest form
// would not have, all have a fixed number of digits.
func (f *timeForm) learnFraction(values []any) {
	lengths := map[int]bool{}
	padded, odd := false, false
	for _, v := range values {
		s, _ := text(v)
		parts := timeText.FindStringSubmatch(s)
		switch {
		case parts == nil || parts[1] == "":
		case parts[2] == "":
			f.bare = true
		default:
			n := len(parts[2])
			lengths[n] = true
			f.digits = max(f.digits, n)
			odd = odd || n%3 != 0
			padded = padded || strings.HasSuffix(parts[2], "000") || n%3 != 0 && strings.HasSuffix(parts[2], "0")
		}
	}
	f.most = f.digits
	if f.key && len(lengths) == 1 && f.digits == 9 && !f.bare {
		return
	}
	if f.trims = odd && !padded && len(lengths) > 1; f.trims || !odd && !padded {
		f.digits = 0
	}
}

// formOf returns the form of one value, apart from its fraction.
func formOf(v any) (f timeForm, ok bool) {
	if n, is := v.(int64); is {
		return timeForm{unit: unitOf(n)}, true
	}
	s, _ := text(v)
	parts := timeText.FindStringSubmatch(s)
	switch {
	case parts == nil:
		return f, false
	case parts[1] == "":
		return timeForm{day: true}, true
	}
	f.middle = parts[1]
	switch zone := parts[3]; {
	case zone == " UTC" || zone == "Z":
		f.zone = zone
	case zone != "":
		f.zone = strings.Repeat(" ", strings.Count(parts[4], " ")) + "-07" + parts[5] + "00" + parts[6]
		f.at = zoneOf(strings.TrimSpace(parts[4]))
	}
	return f, true
}

// timeLayouts are how programs write times as text, with a zone or in UTC.
var timeLayouts = []string{
	"2006-01-02 15:04:05.999999999Z07:00",
	"2006-01-02T15:04:05.999999999Z07:00",
	"2006-01-02 15:04:05.999999999 Z07:00",
	"2006-01-02 15:04:05.999999999 -0700 MST",
	"2006-01-02 15:04:05.999999999Z07",
	"2006-01-02 15:04:05.999999999 MST",
	"2006-01-02 15:04:05.999999999",
	"2006-01-02T15:04:05.999999999",
	"2006-01-02 15:04Z07:00",
	"2006-01-02T15:04Z07:00",
	"2006-01-02 15:04",
	"2006-01-02T15:04",
	time.DateOnly,
}

// read turns a value that was read into a time, in whichever form a program has written it. A
// number has the unit of the column's other rows.
func (f *timeForm) read(v any) (any, error) {
	switch v := v.(type) {
	case time.Time:
		return v, nil
	case int64:
		unit := cmp.Or(unixUnits[f.given], f.unit, unitOf(v))
		perSecond := int64(time.Second / unit)
		return time.Unix(v/perSecond, v%perSecond*int64(unit)).UTC(), nil
	}
	s, ok := text(v)
	if !ok {
		return nil, fmt.Errorf("has %v (a %T), which is no time", show(v), v)
	}
	if f.given != "" {
		if t, err := time.Parse(string(f.given), s); err == nil {
			return t.UTC(), nil
		}
	}
	for _, layout := range timeLayouts {
		t, err := time.Parse(layout, s)
		if name, offset := t.Zone(); err == nil && (offset != 0 || name == "UTC" || name == "") {
			return t.UTC(), nil
		}
	}
	return nil, fmt.Errorf("has %q, which is no time", s)
}

// tryRead is read for a type that speaks for itself, which may make more of a value.
func (f *timeForm) tryRead(v any) (any, error) {
	if t, err := f.read(v); err == nil {
		return t, nil
	}
	return v, nil
}

// readKey turns a key that was read into a time. It refuses one that is written in another form
// than that by which its row would be found.
func (f *timeForm) readKey(v any) (any, error) {
	one, ok := formOf(v)
	s, isText := text(v)
	if ok && isText {
		layout := time.DateOnly
		if !one.day {
			layout += one.middle + time.TimeOnly + one.zone
		}
		t, err := time.Parse(layout, s)
		if written, _ := f.write(t); err == nil && written == s {
			return t, nil
		}
	}
	example, _ := f.write(time.Date(2006, 1, 2, 15, 4, 5, 0, time.UTC))
	return nil, fmt.Errorf("has %v as key, which is not how a row would be found: want the form %v", show(v), show(example))
}

// zones are those that were seen in rows. They are kept so that two of one offset are one.
var zones = func() map[int]*time.Location {
	all := map[int]*time.Location{}
	for minutes := -24 * 60; minutes <= 24*60; minutes += 15 {
		all[minutes] = time.FixedZone("", minutes*60)
	}
	return all
}()

// zoneOf returns the zone of an offset such as +02:00, and nil for that of UTC.
func zoneOf(offset string) *time.Location {
	t, err := time.Parse("-0700", strings.ReplaceAll(offset, ":", ""))
	if _, seconds := t.Zone(); err == nil && seconds != 0 {
		return zones[seconds/60]
	}
	return nil
}

// unitOf returns the unit of an integer that is a time of our days.
func unitOf(n int64) time.Duration {
	switch n = max(n, -n); {
	case n < 1e11:
		return time.Second
	case n < 1e14:
		return time.Millisecond
	case n < 1e17:
		return time.Microsecond
	}
	return time.Nanosecond
}

// checkTimes refuses forms of columns that have none.
func (m *mapping) checkTimes() error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(m.Times)) {
		if !slices.ContainsFunc(slices.Concat(m.columns, m.made), func(c column) bool { return c.Name == name && c.form != nil }) {
			errs = append(errs, m.tableError("Times has a form of column %q, which holds no times of the relation as text or numbers of SQLite", name))
		}
	}
	return errors.Join(errs...)
}

// formSample is how many values of a column tell of its form.
const formSample = 256

// learn looks at rows to find out in which form the columns of times are written, as far as that
// is not known.
func (e sqlite) learn(ctx context.Context, tx *sql.Tx, m *mapping) error {
	for i := range len(m.columns) + len(m.made) {
		c := m.column(i)
		if c.form == nil || c.form.known || c.form.given != "" {
			continue
		}
		var values []any
		err := collect(ctx, tx, func(scan func(...any) error) error {
			var v any
			err := scan(&v)
			values = append(values, v)
			return err
		}, "SELECT +"+e.quote(c.Name)+" FROM "+m.quoted(e)+" WHERE "+e.quote(c.Name)+" IS NOT NULL"+m.inScope(e, "")+" LIMIT ?", formSample)
		if err != nil {
			return m.unreadable(err)
		}
		c.form.learn(values)
	}
	return nil
}

// holdsTimes reports whether values of a column can be times.
func (c *column) holdsTimes() bool { return c.Kind == persist.Time || c.Kind == persist.Driver }
