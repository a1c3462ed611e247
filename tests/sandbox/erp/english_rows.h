// How sors-en writes the ledger's things as JSON: numbers as numbers, absent values as null. Pure functions over the
// ledger; the caller holds the world's lock.
#pragma once

#include "tests/sandbox/erp/listing.h"
#include "tests/sandbox/erp/posting.h"
#include "tests/sandbox/erp/visit.h"

#include <string>

namespace sandbox::erp::english {

Json product_row(const Database& database, const Article& article, int unit, PriceType price);
Json image_row(const Article& article, const std::string& url);
Json stock_row(const StockRow& row, PriceType price, bool free_stock);
Json customer_row(const Customer& customer);
Json debt_object(const Customer& customer, const Debt& debt, Microseconds as_of);
Json document_head(const Document& document);
Json document_whole(const Document& document);

Json envelope(Json data);
Json failed_envelope(const Failure& failure);
int http_status(ErrorCode code);

std::optional<DocumentType> document_type(std::string_view name);

}  // namespace sandbox::erp::english
