extension PlanBuilder {
    /// Lowers branches beside each other; those with a smaller delay get one more.
    mutating func lower(
        _ branches: [any Module], _ inputs: [Value], autoDelay: Bool
    ) throws -> [Value] {
        let longest = branches.map(\.timing.delay).max() ?? 0
        return try zip(branches, inputs).enumerated().map { index, pair in
            let (branch, input) = pair
            let lag = autoDelay ? longest - branch.timing.delay : 0
            return try child(branch, index) { module, builder in
                // A branch that is delayed is, by its weights' names, the first of a chain of two.
                if lag > 0 {
                    let outputs =
                        module is Sequential
                        ? try module.lower([input], into: &builder)
                        : try builder.scoped("0") { try module.lower([input], into: &$0) }
                    return builder.delay(try builder.single(outputs, module), by: lag)
                }
                return try builder.single(try module.lower([input], into: &builder), module)
            }
        }
    }
}
