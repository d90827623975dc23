package dev.candlewick.local.picture;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/** A picture that was drawn, read again. */
final class PictureFile {
    private final Document document;

    private PictureFile(Document document) {
        this.document = document;
    }

    /** Fails where it is not well-formed. */
    static PictureFile parse(String svg) throws IOException, SAXException, ParserConfigurationException {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        return new PictureFile(
                factory.newDocumentBuilder().parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8))));
    }

    /** The panels that it shows, as {@link Dashboard#contents}. */
    List<String> contents() {
        List<String> contents = new ArrayList<>();
        for (Element group : elements(document.getDocumentElement(), "g")) {
            if (group.getAttribute("class").equals("panel")) {
                contents.add(Panel.content(
                        Integer.parseInt(group.getAttribute("data-id")),
                        group.getAttribute("data-type"),
                        group.getAttribute("data-unit"),
                        elements(group, "title").get(0).getTextContent()));
            }
        }
        return contents;
    }

    /** A panel. */
    Element panel(int id) {
        return elements(document.getDocumentElement(), "g").stream()
                .filter(group -> group.getAttribute("data-id").equals(Integer.toString(id)))
                .findFirst()
                .orElseThrow();
    }

    /** The texts of a panel that can be read, in their order. */
    static List<String> texts(Element panel) {
        return elements(panel, "text").stream().map(Element::getTextContent).toList();
    }

    static List<Element> elements(Element parent, String name) {
        NodeList nodes = parent.getElementsByTagName(name);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            elements.add((Element) nodes.item(i));
        }
        return elements;
    }
}
