package sqlstore

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestTimeForms holds that a time is written as the rows of its column are.
func TestTimeForms(t *testing.T) {
	whole := time.Date(2024, 3, 1, 12, 30, 15, 0, time.UTC)
	for _, test := range []struct {
		rows                    []any
		seconds, millis, micros any // what is written of 12:30:15, of .250 and of .123456 s
	}{
		{nil, "2024-03-01 12:30:15+00:00", "2024-03-01 12:30:15.250+00:00", "2024-03-01 12:30:15.123456+00:00"},
		{[]any{"garbage", nil}, "2024-03-01 12:30:15+00:00", "2024-03-01 12:30:15.250+00:00", "2024-03-01 12:30:15.123456+00:00"},
		{[]any{"2020-01-01 00:00:00.123456", "2020-01-01 00:00:00"}, "2024-03-01 12:30:15", "2024-03-01 12:30:15.250", "2024-03-01 12:30:15.123456"},
		{[]any{"2020-01-01 00:00:00.123000", "2020-01-01 00:00:00"}, "2024-03-01 12:30:15", "2024-03-01 12:30:15.250000", "2024-03-01 12:30:15.123456"},
		{[]any{"2020-01-01 00:00:00.000000", "2020-01-01 00:00:00.123456"}, "2024-03-01 12:30:15.000000", "2024-03-01 12:30:15.250000", "2024-03-01 12:30:15.123456"},
		{[]any{"2020-01-01 00:00:00.123 +00:00", "2020-01-01 00:00:00.000 +00:00"}, "2024-03-01 12:30:15.000 +00:00", "2024-03-01 12:30:15.250 +00:00", "2024-03-01 12:30:15.123456 +00:00"},
		{[]any{"2020-01-01T00:00:00Z"}, "2024-03-01T12:30:15Z", "2024-03-01T12:30:15.250Z", "2024-03-01T12:30:15.123456Z"},
		{[]any{"2020-01-01 00:00:00+02:00"}, "2024-03-01 14:30:15+02:00", "2024-03-01 14:30:15.250+02:00", "2024-03-01 14:30:15.123456+02:00"},
		{[]any{"2020-01-01T00:00:00-0530"}, "2024-03-01T07:00:15-0530", "2024-03-01T07:00:15.250-0530", "2024-03-01T07:00:15.123456-0530"},
		{[]any{"2020-01-01 00:00:00 +0000 UTC"}, "2024-03-01 12:30:15 +0000 UTC", "2024-03-01 12:30:15.250 +0000 UTC", "2024-03-01 12:30:15.123456 +0000 UTC"},
		{[]any{"2020-01-01 00:00:00.1234567"}, "2024-03-01 12:30:15.0000000", "2024-03-01 12:30:15.2500000", "2024-03-01 12:30:15.1234560"},
		{[]any{"2020-01-01 00:00:00.12", "2020-01-01 00:00:00.1234567", "2020-01-01 00:00:00"}, "2024-03-01 12:30:15", "2024-03-01 12:30:15.25", "2024-03-01 12:30:15.123456"},
		{[]any{"2020-01-01 00:00:00", "2020-01-01 00:00:00", "2020-01-01T00:00:00Z"}, "2024-03-01 12:30:15", "2024-03-01 12:30:15.250", "2024-03-01 12:30:15.123456"},
		{[]any{int64(1577836800)}, int64(1709296215), nil, nil},
		{[]any{int64(1577836800000)}, int64(1709296215000), int64(1709296215250), nil},
		{[]any{int64(1577836800000000)}, int64(1709296215000000), int64(1709296215250000), int64(1709296215123456)},
		{[]any{"2020-01-01"}, nil, nil, nil},
	} {
		f := &timeForm{}
		f.learn(test.rows)
		for nanoseconds, want := range map[int]any{0: test.seconds, 250_000_000: test.millis, 123_456_000: test.micros} {
			at := whole.Add(time.Duration(nanoseconds))
			written, err := f.write(at)
			if want == nil {
				require.Error(t, err, "%v, %v", test.rows, at)
				continue
			}
			require.NoError(t, err, "%v, %v", test.rows, at)
			require.Equal(t, want, written, "%v, %v", test.rows, at)
			again, err := f.write(written)
			require.NoError(t, err)
			require.Equal(t, written, again, "what was written stays")
			if _, isText := written.(string); isText {
				back, err := f.readKey(written)
				require.NoError(t, err)
				require.True(t, at.Equal(back.(time.Time)), "%v, %v", test.rows, at)
			}
		}
	}
}

// TestGivenForms holds that a form of the Table is before that of the rows, and refuses what it
// does not hold.
func TestGivenForms(t *testing.T) {
	at := time.Date(2024, 3, 1, 12, 30, 15, 250_000_000, time.FixedZone("", 3600))
	for form, want := range map[TimeForm]any{
		UnixMillis: int64(1709292615250), UnixMicros: int64(1709292615250000), UnixNanos: int64(1709292615250000000), UnixSeconds: nil,
		"2006-01-02T15:04:05.000Z": "2024-03-01T11:30:15.250Z", "2006-01-02 15:04:05": nil, time.DateOnly: nil,
	} {
		f := &timeForm{given: form}
		f.learn([]any{"2020-01-01 00:00:00"})
		written, err := f.write(at)
		require.Equal(t, want, written)
		require.Equal(t, want == nil, err != nil)
	}
	f := &timeForm{given: time.DateOnly}
	_, err := f.write(at)
	require.ErrorContains(t, err, `is more than the form "2006-01-02" of the column holds, which makes it "2024-03-01"`)
	written, err := f.write(time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	require.Equal(t, "2024-03-01", written)
	_, err = (&timeForm{}).write(time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC))
	require.ErrorContains(t, err, "not between the years")
}
