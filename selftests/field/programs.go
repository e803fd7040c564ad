// SPDX-License-Identifier: GPL-2.0-only

// An HTTP server and client with MPTCP sockets of Go, for field/programs.sh:
//
//	go-program serve ADDRESS FILE
//	go-program get URL
//
// The client prints what it receives.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
)

func serve(address, file string) error {
	config := net.ListenConfig{}
	config.SetMultipathTCP(true)
	listener, err := config.Listen(context.Background(), "tcp", address)
	if err != nil {
		return err
	}
	return http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, file)
	}))
}

func get(url string) error {
	dialer := net.Dialer{}
	dialer.SetMultipathTCP(true)
	client := http.Client{Transport: &http.Transport{DialContext: dialer.DialContext}}
	response, err := client.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = io.Copy(os.Stdout, response.Body)
	return err
}

func main() {
	err := fmt.Errorf("usage: go-program serve ADDRESS FILE, go-program get URL")
	switch {
	case len(os.Args) == 4 && os.Args[1] == "serve":
		err = serve(os.Args[2], os.Args[3])
	case len(os.Args) == 3 && os.Args[1] == "get":
		err = get(os.Args[2])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "go-program:", err)
		os.Exit(1)
	}
}
