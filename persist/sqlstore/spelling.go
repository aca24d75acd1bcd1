package sqlstore

import (
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"
)

// canonical refuses text that the database would give back in another spelling.
func canonical(what string, spell func(s string) (string, bool)) func(any) (any, error) {
	return func(v any) (any, error) {
		s, ok := v.(string)
		if !ok {
			return v, nil
		}
		spelled, ok := spell(s)
		switch {
		case !ok:
			return nil, fmt.Errorf("%q is no %s", s, what)
		case spelled != s:
			return nil, fmt.Errorf("%q is a %s that the column would give back as %q", s, what, spelled)
		}
		return v, nil
	}
}

// spellInet spells an address that may have the length of a network, as PostgreSQL does.
func spellInet(s string) (string, bool) {
	if addr, err := netip.ParseAddr(s); err == nil {
		return addr.String(), addr.Zone() == ""
	}
	prefix, err := netip.ParsePrefix(s)
	if err != nil {
		return "", false
	}
	if prefix.IsSingleIP() {
		return prefix.Addr().String(), true
	}
	return prefix.String(), true
}

// spellNetwork spells a network, as PostgreSQL does.
func spellNetwork(s string) (string, bool) {
	prefix, err := netip.ParsePrefix(s)
	return prefix.String(), err == nil && prefix == prefix.Masked()
}

func spellAddress(s string) (string, bool) {
	addr, err := netip.ParseAddr(s)
	return addr.String(), err == nil && addr.Zone() == ""
}

func spellMAC(s string) (string, bool) {
	mac, err := net.ParseMAC(s)
	return mac.String(), err == nil && len(mac) == 6
}

// intervalText is an interval as PostgreSQL spells it, unless intervalstyle is another one.
var intervalText = regexp.MustCompile(`^(-?[0-9]+ years?)?( ?-?[0-9]+ mons?)?( ?[-+]?[0-9]+ days?)?( ?[-+]?[0-9]{2,}:[0-5][0-9]:[0-5][0-9](\.[0-9]{0,5}[1-9])?)?$`)

func spellInterval(s string) (string, bool) {
	return s, s != "" && s[0] != ' ' && intervalText.MatchString(s)
}

// spellTimeOfDay spells a time of day without zeros at the end of its fraction, as PostgreSQL does.
func spellTimeOfDay(s string) (string, bool) {
	t, err := time.Parse("15:04:05.999999", s)
	return t.Format("15:04:05.999999"), err == nil
}

// textOfClock reads a time of day as text, where a driver has made a time of it.
func textOfClock(v any) (any, error) {
	if t, ok := v.(time.Time); ok {
		return t.Format("15:04:05.999999"), nil
	}
	return v, nil
}

// yearOnly refuses integers that are no year of MySQL.
func yearOnly(v any) (any, error) {
	if n, ok := v.(int64); ok && n != 0 && (n < 1901 || n > 2155) {
		return nil, fmt.Errorf("%d is no year from 1901 to 2155, and not 0", n)
	}
	return v, nil
}

// oneOf refuses text that is not one of an enumeration, as it stands there: MySQL would take
// another spelling for it.
func oneOf(members []string) func(any) (any, error) {
	return func(v any) (any, error) {
		if s, ok := v.(string); ok && !slices.Contains(members, s) {
			return nil, fmt.Errorf("%q is none of %q", s, members)
		}
		return v, nil
	}
}

// setOf refuses text that is not a list of members of a set, each once and in the set's order:
// MySQL would give it back so.
func setOf(members []string) func(any) (any, error) {
	return func(v any) (any, error) {
		s, ok := v.(string)
		if !ok || s == "" {
			return v, nil
		}
		last := -1
		for one := range strings.SplitSeq(s, ",") {
			at := slices.Index(members, one)
			if at <= last {
				return nil, fmt.Errorf("%q is no list of %q in this order", s, members)
			}
			last = at
		}
		return v, nil
	}
}

// membersOf returns the members of an enumeration or a set of MySQL, from its type.
func membersOf(typ string) (members []string) {
	_, list, _ := strings.Cut(typ, "(")
	for list != "" && list[0] == '\'' {
		var member strings.Builder
		rest := list[1:]
		for {
			before, after, _ := strings.Cut(rest, "'")
			member.WriteString(before)
			if !strings.HasPrefix(after, "'") {
				list = strings.TrimPrefix(after, ",")
				break
			}
			member.WriteByte('\'') // which is doubled
			rest = after[1:]
		}
		members = append(members, member.String())
	}
	return members
}

// uuidSpelling is how the UUIDs of a column are spelled that is a text: a row is found by its key
// only if that is spelled as in the row. The first rows that are read decide. Without any, UUIDs
// are in lower case and have hyphens.
type uuidSpelling struct {
	form *bool // whether they have no hyphens; nil as long as no row tells
	caps *bool // whether they are in upper case; nil as long as no row with a letter tells
}

// write spells a UUID.
func (u *uuidSpelling) write(v any) (any, error) {
	spelled, err := uuidText(v)
	s, ok := spelled.(string)
	if err != nil || !ok {
		return spelled, err
	}
	if u.form != nil && *u.form {
		s = strings.ReplaceAll(s, "-", "")
	}
	if u.caps != nil && *u.caps {
		s = strings.ToUpper(s)
	}
	return s, nil
}

// read refuses text that is no UUID, or is spelled otherwise than those before.
func (u *uuidSpelling) read(v any) (any, error) {
	b, s, err := parseUUID(v)
	if err != nil {
		return nil, err
	}
	if u.form == nil {
		u.form = new(!strings.Contains(s, "-"))
	}
	if lower := strings.ToLower(s); u.caps == nil && strings.ToUpper(s) != lower {
		u.caps = new(s != lower)
	}
	if spelled, _ := u.write(b); spelled != s {
		return nil, fmt.Errorf("has %q as key, and UUIDs in rows before it are spelled as %q: its row would not be found", s, spelled)
	}
	return b, nil
}

// uuids returns the conversions of UUIDs that are texts and keys.
func (c *column) uuids() (toDB, fromDB func(any) (any, error)) {
	if c.readOnly {
		return nil, readUUID
	}
	u := new(uuidSpelling)
	return u.write, u.read
}

// parseUUID reads the text of a UUID: in either case, and with hyphens or without.
func parseUUID(v any) (uuid []byte, s string, err error) {
	s, ok := text(v)
	if !ok {
		return nil, "", fmt.Errorf("has %v (a %T), which is no text of a UUID", show(v), v)
	}
	uuid, err = hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	spelled, _ := uuidText(uuid)
	if err != nil || len(uuid) != 16 || len(s) != 32 && !strings.EqualFold(spelled.(string), s) {
		return nil, "", fmt.Errorf("has %q, which is no UUID", s)
	}
	return uuid, s, nil
}

// readUUID reads a UUID in any spelling, for a graph that only reads.
func readUUID(v any) (any, error) {
	if b, ok := v.([]byte); ok && len(b) == 16 {
		return b, nil
	}
	b, _, err := parseUUID(v)
	return b, err
}
