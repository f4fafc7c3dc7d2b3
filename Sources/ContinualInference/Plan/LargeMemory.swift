import Foundation

/// Memory for numbers, aligned to a cache line. What does not fit the caches is read faster in pages of two
/// megabytes: fewer of them, and the hardware reads ahead within one. The advice costs nothing where it is not taken.
enum LargeMemory {
    private static let hugePage = 2 << 20

    /// Room for `count` elements, at least one, not yet initialised.
    static func allocate<Element: BitwiseCopyable>(_ count: Int, of type: Element.Type)
        -> UnsafeMutablePointer<Element>
    {
        let size = max(count, 1) * MemoryLayout<Element>.stride
        let isLarge = size >= hugePage
        let bytes = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: isLarge ? hugePage : 64)
        if isLarge { madvise(bytes, size, Int32(MADV_HUGEPAGE)) }
        return bytes.bindMemory(to: Element.self, capacity: max(count, 1))
    }

    /// Gives back what ``allocate(_:of:)`` gave.
    static func deallocate<Element>(_ memory: UnsafePointer<Element>) {
        UnsafeMutableRawPointer(mutating: memory).deallocate()
    }
}
