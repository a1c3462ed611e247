#include "services/keycrm/sink_stock.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "services/keycrm/sink.h"
#include "services/keycrm/translator.h"

namespace shopwire::keycrm {
namespace {

using runtime::Applied;
using Answers = std::vector<Result<Applied>>;

constexpr std::string_view kDoing = "setting stock";
constexpr int kRoundsMax = 3;  // of a batch whose refused rows are taken out

// One command on its way to a row.
struct Row {
    std::size_t command = 0;
    std::string offer_id{};
    Decimal quantity{};            // physical, of the warehouse
    Decimal in_stock_after{};      // of all warehouses that count
    Decimal reserve{};
};

Applied shown(const events::Command& command, const std::string& offer_id, commands::v1::Outcome outcome,
              std::string error = {}) {
    Applied applied = answer(offer_id, outcome, std::move(error));
    commands::v1::SetStock& stock = *applied.result.mutable_stock();
    stock.set_sku(command.set_stock().sku());
    *stock.mutable_quantity() = command.set_stock().quantity();
    return applied;
}

// The rows of KeyCRM.
struct Found {
    std::map<std::string, StockRow> by_id{};
    std::map<std::string, std::set<std::string>> by_sku{};  // ids by the folded SKU
};

// The filter is a comma list.
bool can_be_looked_for(std::string_view sku) { return !sku.empty() && sku.find(',') == std::string_view::npos; }

Status read_rows(Account& account, const OfferFilter& filter, Found& found, std::stop_token stop) {
    bool more = true;
    for (int page = 1; more; ++page) {
        // Several offers may share an SKU, but hardly as many as that.
        if (page > kPageMax) return rejected("too many offers share these SKUs");
        const Result<ListPage> read = account.client().stocks(filter, true, page, stop);
        if (!read) return std::unexpected(read.error());
        for (std::size_t i = 0; i < read->rows().size(); ++i) {
            const Result<StockRow> row = stock_row(read->rows().at(i), account.settings());
            if (!row) return std::unexpected(row.error());
            if (!row->sku.empty()) found.by_sku[events::fold_sku(row->sku)].insert(row->offer_id);
            found.by_id.insert_or_assign(row->offer_id, *row);
        }
        more = read->more;
    }
    return {};
}

Result<Found> read_all(Account& account, std::span<const events::Command> batch, std::stop_token stop) {
    std::vector<std::string> ids;
    std::vector<std::string> skus;
    for (const events::Command& command : batch) {
        const std::string& sku = command.set_stock().sku();
        if (can_be_looked_for(sku))
            skus.push_back(sku);
        else if (is_id(command.native_id()))
            ids.push_back(command.native_id());
    }
    Found found;
    const auto chunked = [&](const std::vector<std::string>& all, std::vector<std::string> OfferFilter::* member) {
        for (std::size_t at = 0; at < all.size(); at += kPageMax) {
            OfferFilter filter;
            const std::size_t end = std::min(all.size(), at + kPageMax);
            (filter.*member)
                .assign(all.begin() + static_cast<std::ptrdiff_t>(at), all.begin() + static_cast<std::ptrdiff_t>(end));
            if (Status ok = read_rows(account, filter, found, stop); !ok) return ok;
        }
        return Status{};
    };
    if (Status ok = chunked(ids, &OfferFilter::ids); !ok) return std::unexpected(std::move(ok).error());
    if (Status ok = chunked(skus, &OfferFilter::skus); !ok) return std::unexpected(std::move(ok).error());
    return found;
}

// What to write so that KeyCRM may sell what the command says: KeyCRM takes the physical number and subtracts its
// reserve itself, and the other warehouses hold what they hold.
Decimal physical(const Settings& settings, const StockRow& row, Decimal wanted) {
    const Decimal others_stock = row.quantity - row.written.quantity;
    if (settings.stock_basis == "physical") return wanted - others_stock;
    const Decimal others_free = others_stock - (row.reserve - row.written.reserve);
    return wanted - others_free + row.written.reserve;
}

// The row that a command is about.  Staff may give an offer that we remember another SKU, so the SKU decides: an id
// only tells offers with the same SKU apart, and stands for what has none that can be looked for.  nullptr: there is no
// such SKU.
Result<const StockRow*> row_of(const Found& found, const events::Command& command) {
    const std::string& sku = command.set_stock().sku();
    std::string id = command.native_id();
    if (can_be_looked_for(sku)) {
        const auto offers = found.by_sku.find(events::fold_sku(sku));
        if (offers == found.by_sku.end()) return nullptr;
        if (!offers->second.contains(id)) {
            if (offers->second.size() > 1) return rejected("the SKU stands on several offers");
            id = *offers->second.begin();
        }
    } else if (!is_id(id)) {
        return rejected(sku.empty() ? "the command names no article" : "an SKU with a comma cannot be looked for");
    }
    const auto row = found.by_id.find(id);
    if (row == found.by_id.end()) return rejected("KeyCRM has no such offer");
    if (!sku.empty() && events::fold_sku(row->second.sku) != events::fold_sku(sku))
        return rejected("the offer has another SKU now");
    return &row->second;
}

// The row of a command, or its answer when nothing is to be written.
std::optional<Row> plan(Account& account, const Found& found, const events::Command& command, Result<Applied>& out) {
    const Result<const StockRow*> known = row_of(found, command);
    if (!known) {
        out = within(kDoing, known.error());
        return std::nullopt;
    }
    if (*known == nullptr) {
        out = account.absent_articles().absent(command.set_stock().sku(),
                                               std::string(kDoing) + ": KeyCRM has no such SKU");
        return std::nullopt;
    }
    account.absent_articles().present(command.set_stock().sku());
    const StockRow& row = **known;
    if (!is_id(row.offer_id)) {
        out = rejected(std::string(kDoing) + ": the offer's id is no number");
        return std::nullopt;
    }
    if (!row.split) {  // never taken for an empty warehouse
        out = transient(std::string(kDoing) + ": the answer lacks the stock of each warehouse");
        return std::nullopt;
    }
    const Decimal target = physical(account.settings(), row, events::from_proto(command.set_stock().quantity()));
    const Decimal quantity = std::max(target, Decimal{});
    const std::string remark = target.is_negative() ? "other warehouses hold more than the shop has" : "";
    // A number that we wrote before may show later than this reading, and would stay.
    if (quantity == row.written.quantity && !account.echoes().awaits_other(row.offer_id, quantity)) {
        out = shown(command, row.offer_id, commands::v1::OUTCOME_UNCHANGED, remark);
        return std::nullopt;
    }
    out = shown(command, row.offer_id, commands::v1::OUTCOME_APPLIED, remark);
    return Row{.offer_id = row.offer_id,
               .quantity = quantity,
               .in_stock_after = row.quantity - row.written.quantity + quantity,
               .reserve = row.reserve};
}

std::string body_of(const std::vector<Row>& rows, std::int64_t warehouse) {
    json::Writer out;
    out.begin_object().key("warehouse_id").number(warehouse).key("stocks").begin_array();
    for (const Row& row : rows)
        out.begin_object().key("id").number_text(row.offer_id).key("quantity").number(row.quantity).end_object();
    return out.end_array().end_object().take();
}

// Indices that a 422 names: "stocks.3.quantity".
std::vector<std::size_t> refused_rows(const Answer& answer) {
    constexpr std::string_view kPrefix = "stocks.";
    std::vector<std::size_t> out;
    for (const std::string& field : answer.fields()) {
        std::size_t index = 0;
        const char* begin = field.data() + std::min(kPrefix.size(), field.size());
        if (field.starts_with(kPrefix) && std::from_chars(begin, field.data() + field.size(), index).ec == std::errc{})
            out.push_back(index);
    }
    return out;
}

void write(Account& account, std::vector<Row> rows, Answers& out, std::stop_token stop) {
    const auto fail = [&](const Error& error) {
        for (const Row& row : rows) out[row.command] = within(kDoing, error);
    };
    for (int round = 0; !rows.empty(); ++round) {
        for (const Row& row : rows) account.echoes().expect(row.offer_id, row.in_stock_after, row.reserve);
        const Result<Answer> answer =
            account.client().update_stocks(body_of(rows, account.settings().warehouse_id), stop);
        const bool lost = !answer && answer.error().kind == ErrorKind::kAmbiguous;
        if (lost || (answer && answer->ok()))
            for (const Row& row : rows) account.echoes().wrote(row.offer_id, row.quantity, !lost);
        if (!answer) return fail(answer.error());
        if (answer->ok()) return;
        // All or nothing: the rows that are named are taken out, and the rest is sent again.
        std::vector<std::size_t> named = refused_rows(*answer);
        std::erase_if(named, [&](std::size_t index) { return index >= rows.size(); });
        const Error refused = answer->refused(kDoing).error();
        if (named.empty() || round + 1 == kRoundsMax) return fail(refused);
        for (const std::size_t index : named) out[rows[index].command] = std::unexpected(refused);
        std::size_t at = 0;
        std::erase_if(rows, [&](const Row&) { return std::ranges::find(named, at++) != named.end(); });
    }
}

}  // namespace

Answers apply_stock(Account& account, std::span<const events::Command> batch, std::stop_token stop) {
    Answers out(batch.size(), rejected(std::string(kDoing) + ": no warehouse_id is configured"));
    if (account.settings().warehouse_id == 0) return out;
    const Result<Found> found = read_all(account, batch, stop);
    if (!found) return Answers(batch.size(), within(kDoing, found.error()));
    std::vector<Row> rows;
    for (std::size_t i = 0; i < batch.size(); ++i)
        if (std::optional<Row> row = plan(account, *found, batch[i], out[i])) {
            row->command = i;
            rows.push_back(*std::move(row));
        }
    write(account, std::move(rows), out, std::move(stop));
    return out;
}

}  // namespace shopwire::keycrm
