package sqltest

import (
	"bytes"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"
)

// cutAt says where a message and its connection end.
type cutAt int

const (
	nowhere       cutAt = iota
	beforeServer        // the server does not get the message
	beforeAnswer        // it does, and has answered it; the client does not get the answer
	amidAnswer          // the client gets half of it
	withoutAnswer       // the server gets it, and nobody waits for what it answers
)

// proxy stands between a driver and a server, and cuts connections when it is told to.
type proxy struct {
	listener net.Listener
	target   string

	mu      sync.Mutex
	clients []net.Conn
	left    int // messages until the one that is cut; not above 0 if none is
	text    []byte
	where   cutAt
	refuses bool // lets nobody in once a connection was cut
	cuts    int
	deaf    bool // lets no cancellation through
}

// newProxy returns a proxy to a server, which ends with the test.
func newProxy(t *testing.T, target string) *proxy {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{listener: listener, target: target}
	var group sync.WaitGroup
	group.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			group.Go(func() { p.serve(client) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		p.cutAll()
		group.Wait()
	})
	return p
}

func (p *proxy) address() string { return p.listener.Addr().String() }

// arm lets the n-th message from now on be cut.
func (p *proxy) arm(n int, where cutAt, refuses bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left, p.text, p.where, p.refuses, p.cuts = n, nil, where, refuses, 0
}

// armFor lets the next message that has a text in it be cut.
func (p *proxy) armFor(text string, where cutAt) {
	p.arm(0, where, false)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text = []byte(text)
}

// cancellation is how a request begins to cancel what another connection does:
// https://www.postgresql.org/docs/current/protocol-message-formats.html.
var cancellation = []byte{0, 0, 0, 16, 0x04, 0xd2, 0x16, 0x2e}

// deafen keeps cancellations from the server. A driver sends one when it has lost a connection, and
// a network that cuts connections may well lose that too.
func (p *proxy) deafen(deaf bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deaf = deaf
}

// disarm reports whether a message was cut.
func (p *proxy) disarm() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left, p.text, p.refuses = 0, nil, false
	return p.cuts > 0
}

// admits reports whether a client may come in, and keeps its connection to cut it at the end.
func (p *proxy) admits(client net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clients = append(p.clients, client)
	return !p.refuses || p.cuts == 0
}

// count returns how many messages there are while a function runs.
func (p *proxy) count(do func()) int {
	const many = 1 << 30
	p.arm(many, nowhere, false)
	do()
	p.mu.Lock()
	defer p.mu.Unlock()
	return many - p.left
}

// next counts a message and says where it is to be cut.
func (p *proxy) next(message []byte) cutAt {
	p.mu.Lock()
	defer p.mu.Unlock()
	if bytes.HasPrefix(message, cancellation) {
		if p.deaf {
			return beforeServer
		}
		return nowhere
	}
	p.left--
	if p.left != 0 && (p.text == nil || !bytes.Contains(message, p.text)) {
		return nowhere
	}
	p.text = nil
	p.cuts++
	return p.where
}

// cutAll ends all connections.
func (p *proxy) cutAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.clients {
		_ = c.Close()
	}
}

func (p *proxy) serve(client net.Conn) {
	defer client.Close()
	if !p.admits(client) {
		return
	}
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	defer server.Close()
	s := &session{proxy: p, client: client, server: server}
	go s.toClient()
	s.toServer()
}

// session is a connection through the proxy. What a client sends after an answer, and before the
// next, is a message.
type session struct {
	*proxy
	client, server net.Conn
	mu             sync.Mutex
	inMessage      bool
	cut            cutAt // this message
}

func (s *session) toServer() {
	defer s.client.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := s.client.Read(buffer)
		if err != nil {
			return
		}
		where := s.begins(buffer[:n])
		if where == beforeServer {
			return
		}
		if _, err := s.server.Write(buffer[:n]); err != nil || where == withoutAnswer {
			return
		}
	}
}

// begins says that the client has sent something, and returns where the message is to be cut.
func (s *session) begins(message []byte) cutAt {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.inMessage {
		s.inMessage = true
		s.cut = s.next(message)
	}
	return s.cut
}

func (s *session) toClient() {
	defer s.client.Close()
	defer s.server.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := s.server.Read(buffer)
		if err != nil {
			return
		}
		switch s.answers() {
		case amidAnswer:
			_, _ = s.client.Write(buffer[:n/2])
			return
		case beforeAnswer:
			return
		}
		if _, err := s.client.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// answers says that the server has answered, and returns where the message is to be cut.
func (s *session) answers() cutAt {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inMessage = false
	return s.cut
}

// throughProxy returns the address of a database by way of a proxy.
func (e *engine) throughProxy(t *testing.T, address string) (string, *proxy) {
	if e.driver == "mysql" {
		config, err := mysql.ParseDSN(address)
		require.NoError(t, err)
		p := newProxy(t, config.Addr)
		config.Addr = p.address()
		return config.FormatDSN(), p
	}
	u, err := url.Parse(address)
	require.NoError(t, err)
	p := newProxy(t, u.Host)
	u.Host = p.address()
	return u.String(), p
}

// TestProxy holds that the proxy cuts what it is told to, and nothing else.
func TestProxy(t *testing.T) {
	server, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer server.Close()
	heard := make(chan string, 10)
	go func() {
		for {
			conn, err := server.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				message := make([]byte, 4)
				for {
					if _, err := io.ReadFull(conn, message); err != nil {
						return
					}
					heard <- string(message)
					_, _ = conn.Write([]byte("good"))
				}
			}()
		}
	}()
	p := newProxy(t, server.Addr().String())
	for where, answer := range map[cutAt]string{beforeServer: "", beforeAnswer: "", amidAnswer: "go"} {
		conn, err := net.Dial("tcp", p.address())
		require.NoError(t, err)
		reply := make([]byte, 4)
		p.arm(2, where, true)
		_, err = conn.Write([]byte("1st "))
		require.NoError(t, err)
		_, err = io.ReadFull(conn, reply)
		require.NoError(t, err)
		require.Equal(t, "1st ", <-heard)
		_, err = conn.Write([]byte("2nd "))
		require.NoError(t, err)
		n, err := io.ReadFull(conn, reply)
		require.Error(t, err)
		require.Equal(t, answer, string(reply[:n]))
		if where != beforeServer {
			require.Equal(t, "2nd ", <-heard)
		}
		again, err := net.Dial("tcp", p.address())
		require.NoError(t, err)
		_, err = again.Read(reply)
		require.ErrorIs(t, err, io.EOF, "nobody is let in")
		require.NoError(t, again.Close())
		require.True(t, p.disarm())
		require.NoError(t, conn.Close())
	}
	require.Empty(t, heard)
}
