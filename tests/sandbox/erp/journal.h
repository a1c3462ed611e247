// Writes what happened into the event log, in the words of the control port. The caller holds the world's lock.
#pragma once

#include "tests/sandbox/erp/database.h"
#include "tests/sandbox/erp/event_log.h"

#include <string>

namespace sandbox::erp {

struct StockChange {
    int unit = 1;
    Amount on_hand{};
    Amount reserved{};
    std::string cause{};  // "document", "cancel", "seed", "stock", "mutator"
    int document_id = 0;
    std::string external_number{};
};

void record_document(EventLog& log, Microseconds at, const Database& database, const Document& document);
void record_cancellation(EventLog& log, Microseconds at, const Database& database, const Document& document);
void record_customer(EventLog& log, Microseconds at, const Database& database, const Customer& customer);
void record_price(EventLog& log, Microseconds at, const Database& database, const Article& article, int unit);

// Changes the stock of one article in one unit and records it: the only way in which a quantity changes after the demo
// data.
void move_stock(EventLog& log, Microseconds at, const Database& database, Article& article, const StockChange& change);

// The word of the control port for a type, which is also the one of sors-en.
const char* type_name(DocumentType type);

}  // namespace sandbox::erp
