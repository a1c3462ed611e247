#include "services/logistos/connector.h"

int main(int argc, char** argv) { return shopwire::runtime::run(argc, argv, shopwire::logistos::spec()); }
