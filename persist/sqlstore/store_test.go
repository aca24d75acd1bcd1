package sqlstore

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/persist"
)

// TestNoDatabase holds that a store without a database says so when it is loaded, and not before.
func TestNoDatabase(t *testing.T) {
	s := New(nil, Detect)
	_, err := s.Load(context.Background(), &persist.Schema{}, nil)
	require.ErrorIs(t, err, errNoDatabase)
	require.NoError(t, s.Close())
}
