import Foundation
import Glibc
import Tensors
import Testing

@Suite struct SafetensorsTests {
    private let sample = Safetensors(
        tensors: [
            "a": TensorData([1.5, -2, .infinity] as [Float], shape: [3]),
            "b \"quoted\"": TensorData([7, 8, 9, 10] as [UInt16], shape: [2, 2]),
            "empty": TensorData([] as [Float], shape: [0, 4]),
        ], metadata: ["text": "line\nbreak, \u{1f41f} and \"quotes\""])

    @Test func roundTrip() throws {
        let copy = try Safetensors(bytes: sample.encoded())
        #expect(copy.tensors == sample.tensors)
        #expect(copy.metadata == sample.metadata)
        #expect(copy.encoded() == sample.encoded())
        #expect(try copy.tensor("b \"quoted\"").integers() == [7, 8, 9, 10])
    }

    @Test("Every file that is cut short is refused")
    func truncated() {
        let whole = sample.encoded()
        for length in 0..<whole.count {
            #expect(throws: SafetensorsError.self, "cut to \(length) bytes") {
                try Safetensors(bytes: whole.prefix(length))
            }
        }
    }

    @Test("Flipped header bytes are refused or give another file, never a crash")
    func flipped() {
        let whole = sample.encoded()
        for position in 0..<(whole.count) {
            for bit in 0..<8 {
                var damaged = whole
                damaged[position] ^= 1 << bit
                _ = try? Safetensors(bytes: damaged)
            }
        }
    }

    @Test(
        "Shapes that overflow, negative and reversed offsets are refused",
        arguments: [
            #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#,
            #"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#,
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#,
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#,
            #"{"a":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}}"#,
            #"[1,2]"#,
        ])
    func nonsense(header: String) {
        var bytes = withUnsafeBytes(of: UInt64(header.utf8.count)) { Data($0) }
        bytes.append(contentsOf: header.utf8)
        bytes.append(contentsOf: [0, 0, 0, 0])
        #expect(throws: SafetensorsError.self) { try Safetensors(bytes: bytes) }
    }

    @Test(
        "Headers that are nested deeply or name a thing twice are refused, and say where",
        arguments: [
            (String(repeating: "[", count: 100_000), "is an array at byte 0"),
            (#"{"a":"# + String(repeating: "[", count: 100_000), "is an array at byte 5"),
            (#"{"a":{"more":"# + String(repeating: "[", count: 100_000), "deeper than 64"),
            (
                #"{"__metadata__":{"a":"# + String(repeating: #"{"a":"#, count: 100_000),
                "is an object at byte"
            ),
            (#"{"__metadata__":{"a":"1","a":"2"}}"#, "second time"),
            (#"{"__metadata__":{},"__metadata__":{}}"#, "second time"),
            (#"{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, "second time"),
            (
                #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\u0061":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
                "second time"
            ),
            (#"{"a":{"dtype":"F32","shape":[1]}}"#, "has no data_offsets"),
            ("{\"\(String(repeating: "a", count: 1_024))\":{}}", "shorten it"),
        ])
    func hostileHeaders(header: String, names: String) {
        var bytes = withUnsafeBytes(of: UInt64(header.utf8.count)) { Data($0) }
        bytes.append(contentsOf: header.utf8)
        bytes.append(contentsOf: [0, 0, 0, 0])
        let error = #expect(throws: SafetensorsError.self) { try Safetensors(bytes: bytes) }
        #expect(error?.message.contains(names) == true, "\(error?.message ?? "")")
    }

    @Test(
        "Tensors cover the file's bytes, each byte of one tensor",
        arguments: [
            (
                #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#,
                "names 2 bytes of data; the file has 4"
            ),
            (
                #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}}"#,
                "tensor b begins at byte 3 of the data, but the one before it ends at 2"
            ),
            (
                #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#,
                "tensor b begins at byte 0 of the data, but the one before it ends at 4"
            ),
        ])
    func places(header: String, says: String) throws {
        var bytes = withUnsafeBytes(of: UInt64(header.utf8.count)) { Data($0) }
        bytes.append(contentsOf: header.utf8)
        bytes.append(contentsOf: [0, 0, 0, 0])
        let error = #expect(throws: SafetensorsError.self) { try Safetensors(bytes: bytes) }
        #expect(error?.message.contains(says) == true, "\(error?.message ?? "")")
    }

    @Test("A file is read as its bytes are, and one whose header speaks of another size not at all")
    func files() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(
            "weir-tensors-\(UUID().uuidString).safetensors"
        ).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try sample.encoded().write(to: URL(fileURLWithPath: path))
        let read = try Safetensors(path: path)
        #expect(read.tensors == sample.tensors && read.metadata == sample.metadata)
        #expect(throws: Never.self) { try Safetensors.check(path: path) }
        // More than there is memory: nothing of it but the header may be read.
        #expect(truncate(path, 1 << 40) == 0)
        for body in [
            { _ = try Safetensors(path: path, limit: .max) },
            { try Safetensors.check(path: path, limit: .max) },
        ] {
            let error = #expect(throws: SafetensorsError.self) { try body() }
            #expect(
                error?.message.contains("its header names 20 bytes of data") == true,
                "\(error?.message ?? "")")
        }
        let error = #expect(throws: SafetensorsError.self) { try Safetensors(path: path) }
        #expect(error?.message == "\(path) has 1099511627776 bytes; at most 8589934592 are read")
    }

    @Test("Half precision, all 65,536 values")
    func halves() {
        for bits in 0...UInt16.max {
            let expected = Float(Float16(bitPattern: bits))
            let value = Float(halfBits: bits)
            #expect(value == expected || value.isNaN && expected.isNaN, "\(bits)")
        }
    }
}
