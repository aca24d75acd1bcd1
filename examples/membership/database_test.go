package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMySQLConfig(t *testing.T) {
	for address, dsn := range map[string]string{
		"mysql://ada:s%3Ae%40c@host:3307/example":                "ada:s:e@c@tcp(host:3307)/example",
		"mysql://ada@host/example":                               "ada@tcp(host)/example",
		"mysql://host/example?parseTime=true&maxAllowedPacket=0": "tcp(host)/example?parseTime=true&maxAllowedPacket=0",
	} {
		config, err := mysqlConfig(address)
		require.NoError(t, err)
		require.Equal(t, dsn, config.FormatDSN())
	}
}

// TestSQLiteSettings holds that the parts of the address reach SQLite, whatever the file is called.
func TestSQLiteSettings(t *testing.T) {
	t.Chdir(t.TempDir())
	const file = "a ?&%20#.db"
	db, err := open("sqlite:" + file)
	require.NoError(t, err)
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "busy_timeout": "10000", "foreign_keys": "1"} {
		var got string
		require.NoError(t, db.QueryRow("PRAGMA "+pragma).Scan(&got))
		require.Equal(t, want, got, pragma)
	}
	require.NoError(t, db.Close())
	require.FileExists(t, file)
}
