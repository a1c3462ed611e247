#include "services/woocommerce/sink_stock.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <set>
#include <utility>

#include "services/woocommerce/goods.h"
#include "services/woocommerce/translator_parts.h"

namespace shopwire::woocommerce {
namespace {

constexpr std::size_t kPublishedMax = 50;  // orders read again for one batch; more come with the sweep

runtime::Applied answer(const commands::v1::SetStock& command, const Shown& shown, commands::v1::Outcome outcome) {
    runtime::Applied applied;
    applied.result.set_outcome(outcome);
    applied.result.set_native_id(shown.id);
    commands::v1::SetStock& stock = *applied.result.mutable_stock();
    stock.set_sku(command.sku());
    if (shown.quantity) set_decimal(*stock.mutable_quantity(), *shown.quantity);
    return applied;
}

// Why the shop cannot hold a number for it.
Status check_can_hold(const Shown& shown) {
    if (shown.managed == Managed::kByParent)
        return rejected("setting stock: variation " + shown.id + " shows the stock of its parent product");
    if (shown.managed == Managed::kYes) return {};
    if (shown.type == "variable")
        return rejected("setting stock: product " + shown.id + " has its stock in its variations");
    if (shown.type == "grouped" || shown.type == "external")
        return rejected("setting stock: a " + shown.type + " product holds no stock");
    return {};
}

// Pieces are whole in this shop (contract rules 6.2): a fraction is not sold.
Decimal target_of(const commands::v1::SetStock& command) {
    return Decimal::from_integer(std::max<std::int64_t>(0, events::from_proto(command.quantity()).floor()));
}

struct Write {
    std::size_t index = 0;  // in the batch
    Shown shown{};
    Decimal target{};
    bool is_raise() const { return !shown.quantity || shown.managed != Managed::kYes || target > *shown.quantity; }
};

std::string body_of(const Write& write) {
    json::Writer out;
    out.begin_object().key("id").number_text(write.shown.id);
    // Without it the quantity would be ignored in silence (product-update-stock-while-not-managed.json).
    if (write.shown.managed != Managed::kYes) out.key("manage_stock").boolean(true);
    out.key("stock_quantity").number(write.target).end_object();
    return out.take();
}

class StockBatch {
 public:
    StockBatch(Shop& shop, OrderWatch& watch, std::span<const events::Command> batch, std::stop_token stop)
        : shop_(shop),
          watch_(watch),
          batch_(batch),
          stop_(std::move(stop)),
          out_(batch.size(), transient("setting stock: not sent")) {}

    // Lowering goes out at once, and a raise right after its check: reading the shop's orders takes time, in which more
    // of them come.
    Answers run() {
        compare();
        std::vector<Write> raises = split(writes_, [](const Write& write) { return write.is_raise(); });
        write(writes_);
        if (raises.empty()) return std::move(out_);
        std::vector<Write> stale;
        if (shop_.settings().stale_check) {
            const auto is_stale = [this](const Write& write) { return !uncounted(write).empty(); };
            stale = split(raises, is_stale);  // by what is known already: in a rush all of them, and nothing is read
            Status read;
            if (!raises.empty()) read = watch_.refresh(counted_since_s(raises), stop_);
            if (!read) refuse(std::exchange(raises, {}), read.error());
            std::ranges::move(split(raises, is_stale), std::back_inserter(stale));
        }
        write(raises);
        answer_stale(stale);
        return std::move(out_);
    }

 private:
    const commands::v1::SetStock& command(std::size_t index) const { return batch_[index].set_stock(); }

    // What the shop shows decides what has to be written at all.
    void compare() {
        std::vector<std::string> skus;
        for (const events::Command& command : batch_) skus.push_back(command.set_stock().sku());
        std::vector<Result<std::optional<Shown>>> found = find_shown(shop_.client(), skus, stop_);
        for (std::size_t i = 0; i < batch_.size(); ++i) {
            const Shown* shown = shown_or_answer(shop_, skus[i], found[i], out_[i]);
            if (shown == nullptr) continue;
            if (Status ok = check_can_hold(*shown); !ok) {
                out_[i] = std::unexpected(std::move(ok).error());
            } else if (shown->managed == Managed::kYes && shown->quantity == target_of(command(i))) {
                out_[i] = answer(command(i), *shown, commands::v1::OUTCOME_UNCHANGED);
            } else {
                writes_.push_back({.index = i, .shown = *shown, .target = target_of(command(i))});
            }
        }
    }

    // Takes those out for which `matches` holds.
    template <class Matches>
    static std::vector<Write> split(std::vector<Write>& writes, const Matches& matches) {
        std::vector<Write> taken;
        std::erase_if(writes, [&](const Write& write) {
            const bool taking = matches(write);
            if (taking) taken.push_back(write);
            return taking;
        });
        return taken;
    }

    std::int64_t counted_since_s(const std::vector<Write>& writes) const {
        std::int64_t since_ms = std::numeric_limits<std::int64_t>::max();
        for (const Write& write : writes) since_ms = std::min(since_ms, command(write.index).counted_since_ms());
        return since_ms / 1000;
    }

    // Orders that hold pieces which the number does not count: a raise would sell them again (README, "Before stock is
    // raised").
    std::vector<std::string> uncounted(const Write& write) const { return watch_.uncounted(command(write.index)); }

    // Each uncounted order is read once in the whole batch and published with the first stale answer that goes out.
    void answer_stale(const std::vector<Write>& writes) {
        std::set<std::string> read;
        std::vector<runtime::Change> seen;
        for (const Write& write : writes) {
            const std::vector<std::string> ids = uncounted(write);
            runtime::Applied applied = answer(command(write.index), write.shown, commands::v1::OUTCOME_STALE);
            applied.result.set_error("setting stock: " + std::to_string(ids.size()) + " orders are not counted" +
                                     (ids.empty() ? "" : ", first " + ids.front()));
            for (const std::string& id : ids) {
                if (read.size() == kPublishedMax || !read.insert(id).second) continue;
                Result<std::vector<runtime::Change>> changes = watch_.read_again(id, stop_);
                if (!changes) continue;  // the sweep or its webhook brings it
                std::ranges::move(*changes, std::back_inserter(seen));
            }
            if (uncounted(write).empty()) {  // all of them are gone by now
                out_[write.index] = transient("setting stock: the orders in the way are gone");
                continue;
            }
            applied.seen = std::exchange(seen, {});
            out_[write.index] = std::move(applied);
        }
    }

    void refuse(const std::vector<Write>& writes, const Error& error) {
        for (const Write& write : writes) out_[write.index] = within("checking orders before a raise", error);
    }

    void write(const std::vector<Write>& writes) {
        std::vector<ItemUpdate> items;
        items.reserve(writes.size());
        for (const Write& write : writes)
            items.push_back({.id = write.shown.id, .parent_id = write.shown.parent_id, .body = body_of(write)});
        std::vector<Result<Shown>> written = write_items(shop_.client(), items, shop_.settings().batch_size, stop_);
        for (std::size_t i = 0; i < writes.size(); ++i)
            out_[writes[i].index] = check_written(writes[i], std::move(written[i]));
    }

    // A batch validates nothing and answers 200 for what it ignored (contract woocommerce 0.6).
    Result<runtime::Applied> check_written(const Write& write, Result<Shown> shown) const {
        if (!shown) return within("setting stock", std::move(shown).error());
        if (shown->quantity != write.target)
            return rejected("setting stock: product " + shown->id + " shows " +
                            (shown->quantity ? shown->quantity->text() : "nothing") + " after writing " +
                            write.target.text());
        return answer(command(write.index), *shown, commands::v1::OUTCOME_APPLIED);
    }

    Shop& shop_;
    OrderWatch& watch_;
    std::span<const events::Command> batch_;
    std::stop_token stop_;
    Answers out_;
    std::vector<Write> writes_{};
};

}  // namespace

Answers apply_stock(Shop& shop, OrderWatch& watch, std::span<const events::Command> batch, std::stop_token stop) {
    return StockBatch(shop, watch, batch, std::move(stop)).run();
}

}  // namespace shopwire::woocommerce
