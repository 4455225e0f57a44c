package natsserver

// Part of the disk of an embedded queue that Obstacle leaves free, for progress, delayed
// events, dead letters, and for the files that the server writes anew to give room
// back: those are up to half as large as the ones they replace, of 8 MB. With it a
// queue whose disk is full delivers and thereby makes room.
const (
	diskReserve     = 64 << 20
	diskReserveMin  = 8 << 20
	diskReservePart = 16 // of a disk
	diskReserveMost = 3  // the part of a small disk
)

// usualPart is the part of a small disk that a write of usual size stands for.
const usualPart = 16

// hasRoom reports whether the disk of a directory has room for so many bytes beyond the
// reserve.
func hasRoom(dir string, size int) bool {
	free, total, err := diskSpace(dir)
	if err != nil {
		return true // a disk of unknown size is tried
	}
	need := uint64(size) // not negative
	if size == UsualWrite {
		need = min(need, total/usualPart)
	}
	return free >= reserveOf(total)+need
}

func reserveOf(total uint64) uint64 {
	return min(diskReserve, max(diskReserveMin, total/diskReservePart), total/diskReserveMost)
}
