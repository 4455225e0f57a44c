package loadgen_test

import (
	"bufio"
	"bytes"
	"net"
	"strconv"
	"sync"
	"testing"
)

// fixedServer answers every request 200 with one body. It does as little else as it can,
// because it shares the processor with the generator that is measured: of a request it reads
// no more than Content-Length.
func fixedServer(b *testing.B, body string) (url string) {
	b.Helper()
	var listener net.ListenConfig
	l, err := listener.Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	answer := []byte("HTTP/1.1 200 OK\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
	var conns sync.WaitGroup
	conns.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // the listener is closed
			}
			conns.Go(func() { answerAll(conn, answer) })
		}
	})
	b.Cleanup(func() {
		_ = l.Close()
		conns.Wait()
	})
	return "http://" + l.Addr().String()
}

// answerAll answers until the generator closes the connection.
func answerAll(conn net.Conn, answer []byte) {
	defer conn.Close()
	for r := bufio.NewReaderSize(conn, 64<<10); ; {
		length, err := contentLength(r)
		if err == nil {
			_, err = r.Discard(length)
		}
		if err == nil {
			_, err = conn.Write(answer)
		}
		if err != nil {
			return
		}
	}
}

// contentLength reads the head of a request.
func contentLength(r *bufio.Reader) (length int, err error) {
	for {
		line, err := r.ReadSlice('\n')
		if err != nil || len(line) == len("\r\n") {
			return length, err
		}
		if number, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(number))); err != nil {
				return 0, err
			}
		}
	}
}
