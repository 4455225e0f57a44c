package process

import "syscall"

// endWithParent asks the kernel to end the process when this one is killed.
func endWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGTERM }
