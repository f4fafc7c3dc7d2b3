import Files
import Foundation
import JSON

/// A safetensors file in memory: named tensors and a map of text, readable from Python with the
/// `safetensors` package.
///
/// Layout: eight little-endian bytes with the length of the header, the header as JSON, the bytes of the
/// tensors, without gaps.
public struct Safetensors: Sendable {
    /// The tensors by name.
    public var tensors: [String: TensorData]
    /// The free text of the header's `__metadata__`.
    public var metadata: [String: String]

    /// The largest header that is read.
    public static let headerBytesLimit = 100 << 20
    /// The largest file that is read, where whoever reads it has no limit of its own.
    public static let byteLimit = 8 << 30

    /// A file of these parts.
    public init(tensors: [String: TensorData] = [:], metadata: [String: String] = [:]) {
        self.tensors = tensors
        self.metadata = metadata
    }

    /// Reads the bytes of a file.
    ///
    /// - Throws: ``SafetensorsError`` when the bytes are not a whole, consistent file.
    public init(bytes: Data) throws {
        guard bytes.count >= 8 else { throw Self.tooShort(bytes.count) }
        let length = try SafetensorsLayout.headerLength(bytes.prefix(8), size: bytes.count)
        let dataStart = bytes.startIndex + 8 + length
        let layout = try bytes[(bytes.startIndex + 8)..<dataStart].withUnsafeBytes {
            try SafetensorsLayout(header: $0, dataCount: bytes.endIndex - dataStart)
        }
        self.init(metadata: layout.metadata)
        for place in layout.places {
            let start = dataStart + place.start
            tensors[place.name] = TensorData(
                type: place.type, shape: place.shape, bytes: Array(bytes[start..<(start + place.size)]))
        }
    }

    /// Reads a file. Its header is held against its size before anything more of it is read.
    ///
    /// - Parameter limit: the most bytes that it may have.
    /// - Throws: ``SafetensorsError`` with the path.
    public init(path: String, limit: Int = byteLimit) throws {
        try self.init(file: try Self.open(path, limit), path: path, readsData: true)
    }

    /// Refuses a file whose header cannot be read, or speaks of another size than the file has.
    ///
    /// - Throws: ``SafetensorsError`` with the path.
    public static func check(path: String, limit: Int = byteLimit) throws {
        _ = try Safetensors(file: try open(path, limit), path: path, readsData: false)
    }

    private init(file: InputFile, path: String, readsData: Bool) throws {
        do {
            guard file.size >= 8 else { throw Self.tooShort(file.size) }
            let first = try Self.bytes(of: file, 0, 8)
            let length = try SafetensorsLayout.headerLength(first, size: file.size)
            let layout = try Self.bytes(of: file, 8, length).withUnsafeBytes {
                try SafetensorsLayout(header: $0, dataCount: file.size - 8 - length)
            }
            self.init(metadata: layout.metadata)
            guard readsData else { return }
            for place in layout.places {
                tensors[place.name] = TensorData(
                    type: place.type, shape: place.shape,
                    bytes: try Self.bytes(of: file, 8 + length + place.start, place.size))
            }
        } catch let error as SafetensorsError {
            throw SafetensorsError("\(path) cannot be read as safetensors: \(error.message)")
        } catch let error as FileError {
            throw SafetensorsError(error.description)
        }
    }

    private static func open(_ path: String, _ limit: Int) throws(SafetensorsError) -> InputFile {
        do throws(FileError) {
            return try InputFile(path: path, limit: limit)
        } catch {
            throw SafetensorsError(error.description)
        }
    }

    private static func bytes(of file: InputFile, _ start: Int, _ count: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            let room = UnsafeMutableRawBufferPointer(
                rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count])
            try file.read(from: start, into: room)
            filled = count
        }
    }

    private static func tooShort(_ count: Int) -> SafetensorsError {
        SafetensorsError("it has \(count) bytes; a header needs at least 8")
    }

    /// The file's bytes. The same content gives the same bytes: names are in order.
    public func encoded() -> Data {
        var offset = 0
        let names = tensors.keys.sorted()
        var writer = JSONWriter()
        writer.literal("{")
        if !metadata.isEmpty {
            writer.literal("\"__metadata__\":")
            writer.object(metadata) { $0.string($1) }
        }
        for name in names {
            guard let tensor = tensors[name] else { continue }
            if writer.bytes.count > 1 { writer.literal(",") }
            writer.string(name)
            writer.literal(":{\"dtype\":")
            writer.string(tensor.type.rawValue)
            writer.literal(",\"shape\":")
            writer.array(tensor.shape) { $0.integer(Int64($1)) }
            let end = offset + tensor.bytes.count
            writer.literal(",\"data_offsets\":")
            writer.array([offset, end]) { $0.integer(Int64($1)) }
            writer.literal("}")
            offset = end
        }
        writer.literal("}")
        var header = writer.bytes
        while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
        var data = Data(capacity: 8 + header.count + offset)
        withUnsafeBytes(of: UInt64(header.count).littleEndian) { data.append(contentsOf: $0) }
        data.append(contentsOf: header)
        for name in names { data.append(contentsOf: tensors[name]?.bytes ?? []) }
        return data
    }

    /// The tensor of that name.
    ///
    /// - Throws: ``SafetensorsError`` that lists the names there are.
    public func tensor(_ name: String) throws -> TensorData {
        guard let tensor = tensors[name] else {
            throw SafetensorsError(
                "there is no tensor \(name); there are \(tensors.keys.sorted().joined(separator: ", "))")
        }
        return tensor
    }
}
