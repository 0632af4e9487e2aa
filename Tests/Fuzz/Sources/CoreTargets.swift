import HTTPTypes
import PosternCoreContract
import PosternDialectKit
import PosternModel

extension FuzzTarget {
    /// What a gateway and a core read of each other: each text as every kind there is, and as a target and a query.
    static let contract = FuzzTarget(name: "contract", longest: 4096) { bytes in
        do throws(ContractProblem) {
            let delivery = try EntrustedDelivery(json: bytes)
            require(
                (try? EntrustedDelivery(json: delivery.json)) == delivery, "a delivery reads back")
            // Escapes make a text at most six times as long, and what surrounds it is bounded.
            require(delivery.json.count <= 6 * bytes.count + 1024, "and stays small")
        } catch {
            check(error)
        }
        do throws(ContractProblem) {
            let state = try DeliveryState(json: bytes)
            require((try? DeliveryState(json: state.json)) == state, "a state reads back")
        } catch {
            check(error)
        }
        do throws(ContractProblem) {
            let page = try EndingsPage(json: bytes)
            require((try? EndingsPage(json: page.json)) == page, "a page reads back")
            require(page.endings.count <= EndingsPage.longest, "and is bounded")
            require(page.endings.allSatisfy { $0.standing != .waiting }, "what ended has ended")
            require((page.endings.last?.number ?? 0) <= page.last, "by the last number")
        } catch {
            check(error)
        }
        if let problem = CoreProblem(json: bytes) {
            require(
                problem.detail.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F },
                "a problem fits a line of a log")
        }
        do throws(ContractProblem) {
            let query = try EndingsQuery(query: bytes[...])
            require(query.after >= 0 && (1...1000).contains(query.limit), "a query is in its range")
            require(
                (try? EndingsQuery(query: Array(query.text.utf8)[...])) == query, "and reads back")
        } catch {
            check(error)
        }
        let text = FuzzInput(bytes).text
        if let key = DeliveryKey(text) {
            require(key.description.utf8.elementsEqual(text.utf8), "a key is kept as it came")
            let target = CoreRoute.named(.readState).target(key)
            require(
                CoreRoute.match(.get, target) == .route(.named(.readState), key),
                "and found in a path")
        }
        if let instant = Instant(contractText: text) {
            require(Instant(contractText: instant.contractText) == instant, "an instant reads back")
        }
        for method in [HTTPRequest.Method.put, .get, .delete, .head, .post] {
            guard case .route(let route, let key?) = CoreRoute.match(method, text) else { continue }
            require(
                CoreRoute.match(method, route.target(key)) == .route(route, key),
                "what was found is found again")
        }
    }

    private static func check(_ problem: ContractProblem) {
        require(
            !problem.sentence.isEmpty && problem.sentence.utf8.count < 4096, "a problem is told")
        require(
            problem.sentence.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }, "on one line")
    }
}
