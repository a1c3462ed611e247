#include "services/sors/credit.h"

namespace shopwire::sors {
namespace {

constexpr std::string_view kOpen = "open";

std::optional<Decimal> limit_of(const Settings& settings, const NewCustomer& customer, const CustomerCard& card) {
    for (const std::string& name : {customer.pib, card.code})
        if (const auto found = settings.credit_limits.find(name); found != settings.credit_limits.end())
            return found->second;
    return settings.credit_limit;
}

// Reservations owe nothing yet, and will.  Whether a delivery note was invoiced cannot be told: those are left out.
Result<Decimal> reserved(const Client& client, const std::string& database, const CustomerCard& card,
                         std::stop_token stop) {
    Decimal sum;
    if (!client.can("list_documents")) return sum;
    const auto documents = client.documents_of(database, "reservation", card, std::move(stop));
    if (!documents) return within("reading reservations", documents.error().error);
    for (const StoredDocument& document : *documents)
        if (document.status == kOpen) sum += document.total;
    return sum;
}

}  // namespace

Result<std::string> check_credit(const Client& client, const Settings& settings, const std::string& database,
                                 const NewCustomer& customer, const CustomerCard& card, Decimal more,
                                 std::stop_token stop) {
    if (settings.credit_check == "off" || customer.pib.empty()) return std::string();
    const auto unknown = [&settings](Error error) -> Result<std::string> {
        if (error.kind == ErrorKind::kCancelled || error.kind == ErrorKind::kAuth) return std::unexpected(error);
        if (settings.credit_check == "warn" || settings.credit_unavailable == "export")
            return "credit was not checked: " + error.message;
        return within("checking the credit", std::move(error));
    };
    if (!client.can("get_customer_debt")) return unknown(rejected("this dialect cannot read debts").error());
    const Outcome<Debt> debt = client.debt(database, card, stop);
    if (!debt) return unknown(debt.error().error);
    const std::optional<Decimal> limit = debt->limit ? debt->limit : limit_of(settings, customer, card);
    if (!limit) return std::string();
    const Result<Decimal> open = reserved(client, database, card, std::move(stop));
    if (!open) return unknown(open.error());
    const Decimal exposure = debt->total + *open + more;
    if (exposure <= *limit) return std::string();
    std::string text = "CREDIT_LIMIT: " + exposure.text(2) + " with this order, over the limit of " + limit->text(2) +
                       " (owed " + debt->total.text(2) + ", reserved " + open->text(2) + ")";
    if (settings.credit_check == "hold") return rejected(text);
    return text;
}

}  // namespace shopwire::sors
