import COpenSSL

/// SHA-256 (FIPS 180-4) of bytes that arrive in pieces, by OpenSSL.
///
/// ```swift
/// let hash = SHA256()
/// hash.update(bytes)
/// hash.hexadecimal()  // 64 characters
/// ```
public final class SHA256 {
    private let context: OpaquePointer

    /// An empty digest.
    public init() {
        guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
            // OpenSSL fails here only when memory is exhausted or the library lacks SHA-256.
            fatalError("OpenSSL cannot start a SHA-256 digest")
        }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Appends raw bytes.
    public func update(_ bytes: UnsafeRawBufferPointer) {
        if let start = bytes.baseAddress, bytes.count > 0 { EVP_DigestUpdate(context, start, bytes.count) }
    }

    /// Appends bytes.
    public func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

    /// Appends the UTF-8 bytes of a string, preceded by their number, so that two strings in a row
    /// cannot be mistaken for two others.
    public func update(_ string: String) {
        update(UInt64(string.utf8.count))
        update(Array(string.utf8))
    }

    /// Appends an integer as eight little-endian bytes.
    public func update(_ value: UInt64) {
        withUnsafeBytes(of: value.littleEndian) { update($0) }
    }

    /// Appends the memory of an array of numbers as it stands (little-endian on every supported CPU).
    public func update<Number: BitwiseCopyable>(_ numbers: [Number]) {
        numbers.withUnsafeBytes { update($0) }
    }

    /// The 32 bytes of the digest of all bytes so far; the digest can go on afterwards.
    public func bytes() -> [UInt8] {
        let copy = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(copy) }
        var result = [UInt8](repeating: 0, count: 32)
        EVP_MD_CTX_copy_ex(copy, context)
        EVP_DigestFinal_ex(copy, &result, nil)
        return result
    }

    /// ``bytes()`` as 64 lower-case hexadecimal digits.
    public func hexadecimal() -> String { Hexadecimal.string(of: bytes()) }
}
