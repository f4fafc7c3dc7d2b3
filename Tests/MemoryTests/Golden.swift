import Foundation
import Tensors

/// The reference files of the bottleneck.
enum Golden {
    /// The folder that `WEIR_GOLDEN_BOTTLENECK` names, or the shipped fixtures.
    static let folder: URL =
        if let path = ProcessInfo.processInfo.environment["WEIR_GOLDEN_BOTTLENECK"], !path.isEmpty {
            URL(fileURLWithPath: path)
        } else {
            Bundle.module.resourceURL!.appendingPathComponent("Fixtures/bottleneck")
        }

    /// The names of all files that end in `_kind.safetensors`, without that ending.
    static func sets(_ kind: String) -> [String] {
        let ending = "_\(kind).safetensors"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(ending) }.map { String($0.dropLast(ending.count)) }.sorted()
    }

    /// One file.
    static func load(_ set: String, _ kind: String) throws -> Safetensors {
        try Safetensors(path: folder.appendingPathComponent("\(set)_\(kind).safetensors").path)
    }
}

extension Safetensors {
    func floats(_ name: String) throws -> [Float] { try tensor(name).floats() }
    func integers(_ name: String) throws -> [Int] { try tensor(name).floats().map { Int($0) } }
    func shape(_ name: String) throws -> [Int] { try tensor(name).shape }
    func number(_ name: String) throws -> Double { Double(try floats(name)[0]) }
}

/// The largest difference, relative to values above one; infinite when the numbers of values differ.
func largestDifference(_ a: [Float], _ b: [Float], relative: Bool = false) -> Float {
    guard a.count == b.count else { return .infinity }
    return zip(a, b).reduce(0) { largest, pair in
        let scale = relative ? max(1, abs(pair.1)) : 1
        let difference = abs(pair.0 - pair.1) / scale
        return difference.isNaN ? .infinity : max(largest, difference)
    }
}
