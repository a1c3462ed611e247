// How sors-sr writes the ledger's things as JSON: everything is text, absent values are "", yes and no are "D" and "N".
// Pure functions over the ledger; the caller holds the world's lock.
#pragma once

#include "tests/sandbox/erp/listing.h"
#include "tests/sandbox/erp/posting.h"
#include "tests/sandbox/erp/visit.h"

#include <string>

namespace sandbox::erp::serbian {

Json article_row(const Database& database, const Article& article, int unit);
Json image_row(const Article& article, const std::string& url);
Json stock_row(const StockRow& row, PriceType price, bool free_stock);
Json partner_row(const Customer& customer);
Json debt_object(const Customer& customer, const Debt& debt, Microseconds as_of);
Json document_head(const Document& document, const Customer& customer);
Json document_whole(const Document& document, const Customer& customer);

Json envelope(Json content);
Json failed_envelope(const Failure& failure);

// "vrsta" of a document: 1 to 5.
int type_number(DocumentType type);
std::optional<DocumentType> document_type(int number);

}  // namespace sandbox::erp::serbian
