import Glibc

/// The descriptors 0 to 2 of the process.
enum StandardDescriptors {
    /// Opens those that are closed on /dev/null. Otherwise the next file that is opened gets their number, and what is
    /// written for people goes into a journal or a socket.
    static func open() {
        for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) == -1 {
            // The lowest free number is given, and those below are open.
            _ = Glibc.open("/dev/null", descriptor == 0 ? O_RDONLY : O_WRONLY)
        }
    }
}
