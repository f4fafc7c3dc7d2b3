import Files
import Glibc

/// Why a folder cannot be at a path, or cannot be written in.
enum FolderFault {
    /// Looks at the path from its beginning on, and makes nothing.
    ///
    /// - Returns: what is in the way and what to do; nil when nothing is: then the folder is there, or can be made.
    static func reason(_ path: String) -> String? {
        guard !path.utf8.contains(0) else { return "no path has a NUL character; leave it out" }
        var part = path.hasPrefix("/") ? "/" : ""
        var above = path.hasPrefix("/") ? "/" : "."
        for name in path.split(separator: "/") {
            part += (part.isEmpty || part == "/" ? "" : "/") + name
            var status = stat()
            guard lstat(part, &status) == 0 else {
                guard errno == ENOENT else { return "\(part): \(String(cString: strerror(errno)))" }
                return refusal(above)
            }
            if stat(part, &status) != 0 {
                guard errno == ENOENT || errno == ELOOP else {
                    return "\(part): \(String(cString: strerror(errno)))"
                }
                return
                    "\(part) is a symbolic link to \(target(of: part)), which \(errno == ELOOP ? "leads back to itself" : "is not there"); make that folder, or remove the link"
            }
            let kind = FileKind(status)
            guard kind == .folder else {
                return "\(part) is \(kind.rawValue), not a folder; remove it, or name another folder"
            }
            above = part
        }
        return refusal(above)
    }

    /// Why nothing can be made in a folder.
    private static func refusal(_ folder: String) -> String? {
        guard access(folder, R_OK | W_OK | X_OK) != 0 else { return nil }
        return
            "\(folder) cannot be read and written: \(String(cString: strerror(errno))); give this user the right, or name another folder"
    }

    private static func target(of link: String) -> String {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(link, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(count, 0)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
