/// What a model answers all over the unit square.
public struct DecisionMap: Sendable, Equatable {
    /// Points of the same answer, `width` columns wide and `height` rows high.
    package struct Block: Equatable {
        package let classIndex, x, y, width: Int
        package var height: Int
    }

    /// The rows, and the columns, of the map.
    public static let side = 100
    /// [side][side], the class at each point; the first row is the lowest.
    public let classes: [Int]

    /// Asks a model at the middle of each square.
    public init(of model: some ToyModel) {
        var points: [Float] = []
        for row in 0..<Self.side {
            for column in 0..<Self.side {
                points.append((Float(column) + 0.5) / Float(Self.side))
                points.append((Float(row) + 0.5) / Float(Self.side))
            }
        }
        classes = model.predict(points)
    }

    /// The map as rectangles: the runs of each row, each with its like in the rows that follow.
    package var blocks: [Block] {
        var finished: [Block] = []
        var open: [Block] = []
        for row in 0..<Self.side {
            var runs: [Block] = []
            var start = 0
            for column in 0..<Self.side {
                let here = classes[row * Self.side + column]
                let isLast = column == Self.side - 1 || classes[row * Self.side + column + 1] != here
                guard isLast else { continue }
                runs.append(
                    Block(classIndex: here, x: start, y: row, width: column + 1 - start, height: 1))
                start = column + 1
            }
            var next: [Block] = []
            for block in open {
                let same = runs.firstIndex {
                    $0.classIndex == block.classIndex && $0.x == block.x && $0.width == block.width
                }
                if let same {
                    runs.remove(at: same)
                    next.append(block)
                    next[next.count - 1].height += 1
                } else {
                    finished.append(block)
                }
            }
            open = next + runs
        }
        return finished + open
    }
}
