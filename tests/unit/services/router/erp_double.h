// A target of orders: one document for each number, and a sink that parks what is refused and tries the newest instead.
// For tests.
#pragma once

#include <random>

#include "tests/unit/services/router/router_orders_fixture.h"

namespace shopwire::router {

using Pieces = std::map<std::string, std::int64_t>;  // by SKU, without those of which there are none

inline Pieces pieces_in(const events::v1::Order& order) {
    Pieces out;
    for (const events::v1::OrderLine& line : order.lines())
        if (const std::int64_t count = events::from_proto(line.quantity()).micros() / Decimal::kOne; count != 0)
            out[line.sku()] += count;
    return out;
}

inline std::int64_t of(const Pieces& pieces, const std::string& sku) {
    const auto found = pieces.find(sku);
    return found == pieces.end() ? 0 : found->second;
}

class Erp {
 public:
    struct Document {
        Pieces pieces{};
        bool cancelled = false;
    };

    explicit Erp(std::mt19937& random) : random_(random) {}

    void take(Command command) { units_[command.key()].waiting.push_back(std::move(command)); }
    bool is_idle() const {
        return std::ranges::all_of(
            units_, [](const auto& unit) { return unit.second.waiting.empty() && unit.second.parked.empty(); });
    }
    // One command of one key; its answers.
    std::vector<std::pair<Command, commands::v1::Outcome>> work(bool calm) {
        std::vector<Unit*> ready;
        for (auto& [key, unit] : units_)
            if (!unit.waiting.empty() || !unit.parked.empty()) ready.push_back(&unit);
        if (ready.empty()) return {};
        Unit& unit = *ready[random_() % ready.size()];
        std::vector<std::pair<Command, commands::v1::Outcome>> answers;
        Command command;
        if (!unit.parked.empty() && (unit.waiting.empty() || random_() % 4 == 0)) {
            // A person tries again, or its connection was stopped and all comes back in order.
            command = std::move(unit.parked.front());
            unit.parked.erase(unit.parked.begin());
        } else {
            command = std::move(unit.waiting.front());
            unit.waiting.pop_front();
            for (Command& older : unit.parked) answers.emplace_back(std::move(older), commands::v1::OUTCOME_DISCARDED);
            unit.parked.clear();
        }
        const bool refuses = !calm && random_() % 4 == 0;
        // A refusal may hide that it was done.  Of a new document only a person can tell, who is not played here.
        const bool landed = !refuses || (!command.has_export_order() && random_() % 3 == 0);
        const bool done = landed && apply(command);
        if (done && !refuses) {
            answers.emplace_back(std::move(command), commands::v1::OUTCOME_APPLIED);
        } else {
            answers.emplace_back(command, commands::v1::OUTCOME_PARKED);
            unit.parked.insert(unit.parked.begin(), std::move(command));
        }
        return answers;
    }

    std::map<std::string, Document> documents{};
    std::map<std::string, Pieces> returns{};  // by number of the refund

    std::int64_t taken(const std::string& sku) const {
        std::int64_t sum = 0;
        for (const auto& [number, document] : documents)
            if (!document.cancelled) sum += of(document.pieces, sku) - returned(number, sku);
        return sum;
    }
    std::int64_t returned(const std::string& number, const std::string& sku) const {
        std::int64_t sum = 0;
        for (const auto& [refund, pieces] : returns)
            if (refund.starts_with(number + "-R")) sum += of(pieces, sku);
        return sum;
    }

 private:
    struct Unit {
        std::deque<Command> waiting{};
        std::vector<Command> parked{};
    };

    bool apply(const Command& command) {
        if (command.has_export_order()) {
            const Pieces pieces = pieces_in(command.export_order().order());
            const auto [at, made] = documents.try_emplace(command.export_order().external_number(), Document{pieces});
            return made || (!at->second.cancelled && at->second.pieces == pieces);
        }
        if (command.has_update_order()) {
            const auto found = documents.find(command.update_order().external_number());
            if (found == documents.end() || found->second.cancelled) return false;
            found->second.pieces = pieces_in(command.update_order().order());
            return true;
        }
        if (command.has_cancel_document()) {
            const auto found = documents.find(command.cancel_document().external_number());
            if (found != documents.end()) found->second.cancelled = true;
            return true;
        }
        Pieces back;
        const std::string& number = command.export_refund().base_external_number();
        returns.erase(command.export_refund().external_number());
        for (const events::v1::RefundLine& line : command.export_refund().refund().lines()) {
            back[line.sku()] += events::from_proto(line.quantity()).micros() / Decimal::kOne;
            const std::int64_t sum = returned(number, line.sku()) + back[line.sku()];
            if (sum > of(documents[number].pieces, line.sku())) return false;  // more than was issued
        }
        returns[command.export_refund().external_number()] = back;
        return true;
    }

    std::mt19937& random_;
    std::map<std::string, Unit> units_{};
};

}  // namespace shopwire::router
