#include "tests/sandbox/erp/posting.h"

#include "tests/sandbox/erp/journal.h"

#include <algorithm>
#include <map>

namespace sandbox::erp {
namespace {

struct Effect {
    int on_hand = 0;   // -1, 0, +1 times the quantity
    int reserved = 0;
    bool debt = false;
};

// The table of contract sors 2.2 with its switches.
Effect effect_of(DocumentType type, const Settings& settings) {
    switch (type) {
        case DocumentType::kReservation: return {.reserved = 1};
        case DocumentType::kDeliveryNote: return {.on_hand = settings.delivery_note_moves_stock ? -1 : 0};
        case DocumentType::kInvoiceDeliveryNote: return {.on_hand = -1, .debt = true};
        case DocumentType::kInvoice: return {.on_hand = settings.invoice_moves_stock ? -1 : 0, .debt = true};
        case DocumentType::kReturn: return {.on_hand = 1};
    }
    return {};
}

std::unexpected<Failure> refuse(ErrorCode code, Field field, std::string message, int line = -1) {
    return std::unexpected(Failure{.code = code, .field = field, .line = line, .message = std::move(message)});
}

std::size_t character_count(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char byte) { return (byte & 0xC0) != 0x80; }));
}

Outcome<const Customer*> check_head(World& world, Database& database, const DocumentRequest& request) {
    if (database.closed()) return refuse(ErrorCode::kDatabaseClosed, Field::kDatabase, "Godina je zaključena");
    if (!is_unit(request.unit)) return refuse(ErrorCode::kValidation, Field::kUnit, "Poslovna jedinica ne postoji");
    if (request.lines.empty()) return refuse(ErrorCode::kValidation, Field::kLines, "Dokument nema stavki");
    if (request.lines.size() > kLinesMax) return refuse(ErrorCode::kValidation, Field::kLines, "Previše stavki");
    if (character_count(request.note) > kNoteMax)
        return refuse(ErrorCode::kValidation, Field::kNote, "Napomena je predugačka");
    const Customer* customer = database.customer(request.customer_id);
    if (customer == nullptr) return refuse(ErrorCode::kCustomerNotFound, Field::kCustomer, "Kupac ne postoji");
    if (world.settings.duplicate_check && !request.external_number.empty()) {
        const auto same = database.find_documents(
            {.type = request.type, .external_number = request.external_number, .visible_until = INT64_MAX});
        const bool taken = std::ranges::any_of(same, [&](const Document* document) {
            return document->status != DocumentStatus::kCancelled || !world.settings.cancelled_frees_number;
        });
        if (taken)
            return refuse(ErrorCode::kDuplicateExternalNumber, Field::kExternalNumber,
                          "Dokument sa tim brojem već postoji");
    }
    return customer;
}

Outcome<Article*> resolve_article(Database& database, const LineRequest& line, int index) {
    Article* article = line.article_id != 0 ? database.article(line.article_id) : database.article_by_code(line.code);
    if (article == nullptr || (!line.code.empty() && article->code != line.code)) {
        return refuse(ErrorCode::kProductNotFound, Field::kLineCode,
                      "Nema artikla sa šifrom " + (line.code.empty() ? std::to_string(line.article_id) : line.code),
                      index);
    }
    return article;
}

// The goods of one article that a base document issued, its lines in order.
std::vector<Line*> issued_lines(Document& base, int article_id) {
    std::vector<Line*> lines;
    for (Line& line : base.lines) {
        if (line.article_id == article_id) lines.push_back(&line);
    }
    return lines;
}

// The base document of a return line: one that recorded goods leaving, of this customer (contract sors 2.2, source S7).
Outcome<Document*> resolve_base(Database& database, const DocumentRequest& request, int index) {
    const LineRequest& line = request.lines[static_cast<std::size_t>(index)];
    Document* base = line.base ? database.document(line.base->id) : nullptr;
    if (base == nullptr || base->type != line.base.value().type || !base->moved_stock ||
        base->status == DocumentStatus::kCancelled || base->customer_id != request.customer_id) {
        return refuse(ErrorCode::kBaseDocumentRequired, Field::kLineBase, "Povrat traži dokument kojim je roba izdata",
                      index);
    }
    return base;
}

Outcome<Line> make_line(const DocumentRequest& request, const Article& article, const Customer& customer, World& world,
                        int index) {
    const LineRequest& asked = request.lines[static_cast<std::size_t>(index)];
    const UnitStock& unit = article.units[static_cast<std::size_t>(request.unit - 1)];
    if (asked.quantity <= Amount{})
        return refuse(ErrorCode::kValidation, Field::kLineQuantity, "Količina mora biti veća od nule", index);
    if (asked.discount_percent < Amount{} || asked.discount_percent > Amount::from_whole(100)) {
        return refuse(ErrorCode::kValidation, Field::kLineDiscount, "Rabat mora biti od 0 do 100", index);
    }
    Line line{.article_id = article.id,
              .code = article.code,
              .quantity = asked.quantity,
              .unit_price = asked.unit_price.value_or(request.prices_include_vat ? unit.price_gross : unit.price_net),
              .discount_percent = asked.discount_percent,
              .vat_rate = asked.vat_rate.value_or(article.vat_rate),
              .base = asked.base};
    if (line.unit_price < Amount{})
        return refuse(ErrorCode::kValidation, Field::kLinePrice, "Cena ne može biti negativna", index);
    if (line.vat_rate < Amount{} || line.vat_rate > Amount::from_whole(100)) {
        return refuse(ErrorCode::kValidation, Field::kLineVat, "Stopa poreza mora biti od 0 do 100", index);
    }
    const bool adds_discount = world.settings.customer_default_discount && request.type != DocumentType::kReturn;
    line.amount = line_amount(line.quantity, line.unit_price, line.discount_percent,
                              adds_discount ? customer.default_discount : Amount{});
    line.vat =
        request.prices_include_vat ? vat_inside(line.amount, line.vat_rate) : vat_on_top(line.amount, line.vat_rate);
    return line;
}

// The sum per article, since a document may name one article on several lines (a split line, for example).
std::map<int, Amount> quantity_by_article(const std::vector<Line>& lines) {
    std::map<int, Amount> sums;
    for (const Line& line : lines) sums[line.article_id] += line.quantity;
    return sums;
}

std::optional<Failure> check_stock(Database& database, const Document& document, Effect effect,
                                   const Settings& settings) {
    if (settings.allow_negative_stock || (effect.on_hand >= 0 && effect.reserved == 0)) return std::nullopt;
    for (const auto& [article_id, quantity] : quantity_by_article(document.lines)) {
        const Article& article = *database.article(article_id);
        const UnitStock& unit = article.units[static_cast<std::size_t>(document.unit - 1)];
        const Amount available = effect.reserved != 0 ? unit.free() : unit.on_hand;
        if (!article.is_service() && quantity > available) {
            return Failure{.code = ErrorCode::kInsufficientStock,
                           .field = Field::kLineQuantity,
                           .message = "Nema dovoljno robe: " + article.code};
        }
    }
    return std::nullopt;
}

// Returned quantities, checked against what the bases issued less what came back before.
std::optional<Failure> check_returns(Database& database, const std::vector<Line>& lines) {
    std::map<std::pair<int, int>, Amount> asked;
    for (std::size_t index = 0; index < lines.size(); ++index) {
        const Line& line = lines[index];
        Amount left;
        for (const Line* issued : issued_lines(*database.document(line.base.value().id), line.article_id))
            left += issued->quantity - issued->returned;
        Amount& sum = asked[{line.base.value().id, line.article_id}];
        sum += line.quantity;
        if (sum > left) {
            return Failure{.code = ErrorCode::kReturnExceedsIssued,
                           .field = Field::kLineQuantity,
                           .line = static_cast<int>(index),
                           .message = "Vraća se više nego što je izdato: " + line.code};
        }
    }
    return std::nullopt;
}

// Marks the goods as returned on the base documents; gives the part of the return that lowers the customer's debt.
Amount apply_returns(Database& database, const Document& document) {
    Amount owed_less;
    for (const Line& line : document.lines) {
        Document& base = *database.document(line.base.value().id);
        Amount rest = line.quantity;
        for (Line* issued : issued_lines(base, line.article_id)) {
            const Amount taken = std::min(rest, issued->quantity - issued->returned);
            issued->returned += taken;
            rest -= taken;
        }
        if (base.made_debt) owed_less += document.prices_include_vat ? line.amount : line.amount + line.vat;
    }
    return owed_less;
}

void apply_stock(World& world, Database& database, const Document& document, Effect effect, const char* cause,
                 Microseconds now) {
    for (const Line& line : document.lines) {
        Article& article = *database.article(line.article_id);
        if (article.is_service() || (effect.on_hand == 0 && effect.reserved == 0)) continue;
        const auto times = [&](int sign) { return Amount::from_units(line.quantity.units() * sign); };
        move_stock(world.log, now, database, article,
                   {.unit = document.unit,
                    .on_hand = times(effect.on_hand),
                    .reserved = times(effect.reserved),
                    .cause = cause,
                    .document_id = document.id,
                    .external_number = document.external_number});
    }
}

// The document as it would be posted; nothing is changed yet.
Outcome<Document> draft(World& world, Database& database, const DocumentRequest& request, const Customer& customer,
                        Microseconds now) {
    Document document{.type = request.type,
                      .unit = request.unit,
                      .external_number = request.external_number,
                      .date = request.date,
                      .customer_id = request.customer_id,
                      .currency = request.currency,
                      .prices_include_vat = request.prices_include_vat,
                      .note = request.note,
                      .created = now};
    document.due_date = request.due_date.value_or(
        Date{std::chrono::sys_days{request.date} + std::chrono::days{customer.payment_term_days}});
    const Effect effect = effect_of(request.type, world.settings);
    document.status = request.type == DocumentType::kReservation ? DocumentStatus::kOpen : DocumentStatus::kPosted;
    document.moved_stock = effect.on_hand < 0;
    document.made_debt = effect.debt;
    for (int index = 0; index < static_cast<int>(request.lines.size()); ++index) {
        const auto article = resolve_article(database, request.lines[static_cast<std::size_t>(index)], index);
        if (!article) return std::unexpected(article.error());
        auto line = make_line(request, **article, customer, world, index);
        if (!line) return std::unexpected(line.error());
        if (request.type == DocumentType::kReturn) {
            const auto base = resolve_base(database, request, index);
            if (!base) return std::unexpected(base.error());
        } else {
            line->base.reset();
        }
        document.total += request.prices_include_vat ? line->amount : line->amount + line->vat;
        document.total_vat += line->vat;
        document.lines.push_back(*std::move(line));
    }
    return document;
}

}  // namespace

Outcome<const Document*> post_document(World& world, Database& database, const DocumentRequest& request,
                                       Microseconds now) {
    const auto customer = check_head(world, database, request);
    if (!customer) return std::unexpected(customer.error());
    auto document = draft(world, database, request, **customer, now);
    if (!document) return std::unexpected(document.error());
    const Effect effect = effect_of(request.type, world.settings);
    if (auto failure = check_stock(database, *document, effect, world.settings))
        return std::unexpected(*std::move(failure));
    if (request.type == DocumentType::kReturn) {
        if (auto failure = check_returns(database, document->lines)) return std::unexpected(*std::move(failure));
    }
    const Document* posted = database.add_document(*std::move(document));
    if (posted == nullptr) return refuse(ErrorCode::kValidation, Field::kBody, "Baza je puna");
    record_document(world.log, now, database, *posted);
    apply_stock(world, database, *posted, effect, "document", now);
    Customer& debtor = *database.customer(posted->customer_id);
    if (effect.debt) debtor.debt += posted->total;
    if (posted->type == DocumentType::kReturn) debtor.debt -= apply_returns(database, *posted);
    return posted;
}

Outcome<const Document*> cancel_document(World& world, Database& database, int id, Microseconds now) {
    Document* document = database.document(id);
    if (document == nullptr) return refuse(ErrorCode::kNotFound, Field::kPath, "Dokument ne postoji");
    if (document->type != DocumentType::kReservation) {
        return refuse(ErrorCode::kNotCancellable, Field::kType, "Samo rezervacija može da se stornira");
    }
    if (document->status == DocumentStatus::kCancelled) return document;
    if (document->status == DocumentStatus::kPosted) {
        return refuse(ErrorCode::kNotCancellable, Field::kType, "Rezervacija je već realizovana");
    }
    if (database.closed()) return refuse(ErrorCode::kDatabaseClosed, Field::kDatabase, "Godina je zaključena");
    document->status = DocumentStatus::kCancelled;
    record_cancellation(world.log, now, database, *document);
    apply_stock(world, database, *document, {.reserved = -1}, "cancel", now);
    return document;
}

Outcome<const Document*> fulfil_reservation(World& world, Database& database, int id, DocumentType type,
                                            Microseconds now) {
    const Document* reservation = database.document(id);
    if (reservation == nullptr || reservation->status != DocumentStatus::kOpen) {
        return refuse(ErrorCode::kNotFound, Field::kPath, "Nema otvorene rezervacije");
    }
    if (type == DocumentType::kReservation || type == DocumentType::kReturn) {
        return refuse(ErrorCode::kValidation, Field::kType, "Rezervacija postaje račun ili otpremnica");
    }
    DocumentRequest request{.type = type,
                            .unit = reservation->unit,
                            .external_number = reservation->external_number,
                            .date = reservation->date,
                            .due_date = reservation->due_date,
                            .customer_id = reservation->customer_id,
                            .currency = reservation->currency,
                            .prices_include_vat = reservation->prices_include_vat,
                            .note = reservation->note};
    for (const Line& line : reservation->lines) {
        request.lines.push_back({.article_id = line.article_id,
                                 .quantity = line.quantity,
                                 .unit_price = line.unit_price,
                                 .discount_percent = line.discount_percent,
                                 .vat_rate = line.vat_rate});
    }
    const auto posted = post_document(world, database, request, now);
    if (!posted) return posted;
    Document& fulfilled = *database.document(id);
    fulfilled.status = DocumentStatus::kPosted;
    apply_stock(world, database, fulfilled, {.reserved = -1}, "fulfil", now);
    return posted;
}

Outcome<const Customer*> add_new_customer(World& world, Database& database, Customer customer, Microseconds now) {
    if (database.closed()) return refuse(ErrorCode::kDatabaseClosed, Field::kDatabase, "Godina je zaključena");
    customer.created = now;
    customer.modified = now;
    const Customer* added = database.add_customer(std::move(customer));
    if (added == nullptr) return refuse(ErrorCode::kValidation, Field::kBody, "Baza je puna");
    record_customer(world.log, now, database, *added);
    return added;
}

Debt debt_of(const Database& database, const Customer& customer, Date as_of, Microseconds now) {
    Debt debt{.total = customer.debt, .overdue = customer.overdue_at_start, .oldest_due = customer.oldest_due_at_start};
    for (const Document* document : database.find_documents({.customer_id = customer.id, .visible_until = now})) {
        if (!document->made_debt || document->due_date >= as_of) continue;
        debt.overdue += document->total;
        debt.oldest_due = std::min(debt.oldest_due.value_or(document->due_date), document->due_date);
    }
    debt.overdue = std::clamp(debt.overdue, Amount{}, std::max(Amount{}, debt.total));
    if (debt.overdue.is_zero()) debt.oldest_due.reset();
    return debt;
}

}  // namespace sandbox::erp
