// Package natsserver runs a NATS server with JetStream inside the process, on files in
// a directory. It listens on no network.
//
//   - One process uses a directory. Others reach its server through a socket in the
//     directory: [ConnectBeside].
//   - A server that could not write refuses all that follows. [Server.Failure] says so,
//     [Server.Err] says why, and [Server.Restart] starts it anew once the disk takes
//     writes again. Connections find the new server by themselves.
//   - The server drops what it cannot read. [Server.IsDamaged] reports whether it did.
//   - [Server.Obstacle] leaves a part of the disk free, with which a full queue is
//     delivered and thereby makes room.
//
// NATS passes the errors of the disk on as text. The texts are in cause.go and log.go,
// as version 2.15 of nats-server has them.
package natsserver
