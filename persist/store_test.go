package persist

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRefusedAndUnknown(t *testing.T) {
	cause := errors.New("disk full")
	for _, test := range []struct {
		kind, other error
		as          func(error) error
	}{{ErrRefused, ErrUnknown, Refused}, {ErrUnknown, ErrRefused, Unknown}} {
		require.NoError(t, test.as(nil))
		err := test.as(cause)
		require.ErrorIs(t, err, test.kind)
		require.ErrorIs(t, err, cause)
		require.NotErrorIs(t, err, test.other)
		require.Equal(t, test.kind.Error()+": disk full", err.Error())
		wrapped := fmt.Errorf("append: %w", err)
		require.Same(t, wrapped, test.as(wrapped), "said once")
	}
}

func TestConflictIsARefusal(t *testing.T) {
	require.ErrorIs(t, ErrConflict, ErrRefused)
	require.NotErrorIs(t, ErrConflict, ErrUnknown)
	require.NotErrorIs(t, ErrRefused, ErrConflict)
}

func TestForm(t *testing.T) {
	require.Equal(t, "binary", Binary.String())
	require.Equal(t, "columns", Columns.String())
	require.Equal(t, "unknown form", Form(0).String())
}
