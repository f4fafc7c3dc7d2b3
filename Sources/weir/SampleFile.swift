import Arguments
import Backtesting
import Foundation
import Learning
import Streaming

/// The shipped digits, or a file of the user's.
enum SampleFile {
    /// The handwritten digits of the UCI set, 1797 images of 8x8.
    static func digits() throws -> VectorFile {
        guard let url = Bundle.module.url(forResource: "digits", withExtension: "csv") else {
            throw StateError(
                "digits.csv is not beside the program; copy weir_weir.resources from the build folder next to it"
            )
        }
        return try VectorFile(path: url.path)
    }

    static func load(_ name: String, tensor: String = "", labels: String = "") throws -> VectorFile {
        name == "digits" ? try digits() : try VectorFile(path: name, tensor: tensor, labels: labels)
    }

    /// The labelled rows of a file.
    static func samples(_ file: VectorFile) throws -> Backtest.Samples {
        let rows = file.rows.filter { $0.label != nil }
        guard !rows.isEmpty else { throw StateError("no row has a label") }
        return Backtest.Samples(
            vectors: rows.flatMap(\.features), labels: rows.compactMap(\.label), ids: rows.map(\.id),
            dimension: file.dimension)
    }
}

extension Backtest.Order: ExpressibleByArgument {}
