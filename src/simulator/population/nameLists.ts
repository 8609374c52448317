/** Made-up people's names by culture, as official lists write them in Turkish letters. */
const list = (text: string) => text.trim().split(/\s+/);

export interface NameLists {
  male: readonly string[];
  female: readonly string[];
  surnames: readonly string[];
}

const turkish: NameLists = {
  male: list(`
    Mehmet Mustafa Ahmet Ali Hüseyin Hasan İbrahim İsmail Osman Yusuf Murat Ömer Ramazan Halil Süleyman Abdullah Mahmut
    Recep Salih Fatih Kadir Emre Hakan Adem Kemal Yaşar Bekir Musa Metin Bayram Serkan Orhan Burak Furkan Gökhan Uğur
    Yakup Muhammed Enes Cemal Arif Onur Yunus Şükrü Sinan İlhan İrfan Işık Çağrı Çetin Ümit Özgür Ökkeş Şahin Şeyhmus
    Şiyar Baran Azad Berat Rojhat Welat Ciwan Serhat Sedat Cuma Hacı Hamza Eyüp Davut Veysel Veysi İdris İhsan İlyas
    Kâmil Nazım Nurettin Selahattin Tayfun Timur Vedat Volkan Zeki Ziya Tahir Turgut Tuğrul Oğuz Oğuzhan Alparslan Göktuğ
    Doğan Dursun Satılmış Duran Yılmaz Kâzım Rıza Rıdvan Sıtkı Sırrı Fırat Barış Yiğit Çınar Ayaz Kerem Eymen Miraç
    Poyraz Alperen Umut Deniz Bilal Batuhan Taha Ensar Ferhat Mazlum Mirza Agit Bawer Diyar Hogir Reşat Reşit Nuri Niyazi`),
  female: list(`
    Fatma Ayşe Emine Hatice Zeynep Elif Meryem Şerife Zehra Sultan Hanife Merve Havva Zeliha Esra Fadime Özlem Hacer Yasemin
    Hülya Melek Dilek Rabia Leyla Songül Sevim Büşra Kübra Cemile Gülsüm Döndü Dudu Aysel Nurcan Nuray Gül Güllü Gülşen Gülay
    Gülizar Güneş İlknur İpek İrem Işıl Işılay Şeyma Şükran Şengül Çiçek Çiğdem Ümmü Ümmühan Özge Öykü Berivan Rojin Rojda
    Zozan Zilan Dilan Berfin Hêlin Jiyan Newroz Evin Ruken Delal Gurbet Halime Hamide Hayriye Hediye Huriye Kadriye Kevser
    Kezban Kıymet Kısmet Kıvılcım Latife Makbule Medine Muazzez Münevver Naciye Naime Nazlı Nigâr Nurgül Perihan Pınar Rukiye
    Sabiha Saliha Sakine Satı Selma Semra Sıdıka Sırma Sümeyye Tuğba Türkan Vesile Yağmur Yıldız Zübeyde Zümrüt Asel Defne
    Ecrin Eylül Nehir Hiranur Azra Asya Duru Ceylan Mizgin Xezal Şirin Şilan Necla Nermin Perişan Remziye Hayat Hasret`),
  surnames: list(`
    Yılmaz Kaya Demir Şahin Çelik Yıldız Yıldırım Öztürk Aydın Özdemir Arslan Doğan Kılıç Aslan Çetin Kara Koç Kurt Özkan
    Şimşek Polat Korkmaz Çakır Erdoğan Yavuz Can Acar Şen Aktaş Güler Yalçın Güneş Bozkurt Bulut Keskin Ünal Turan Gül Özer
    Işık Kaplan Avcı Sarı Tekin Taş Köse Yüksel Ateş Aksoy Çiftçi Coşkun Çoban Çolak Uçar Uysal Uzun Duman Dağ Dağlı Toprak
    Tarla Ekinci Pamuk Fındık Kayısı Irmak Ilgaz Iğdır İnce İnan İpek İlhan Şeker Şengül Şirin Göç Göçer Göktaş Gök Güçlü
    Güven Öğüt Özgün Öz Ölmez Önal Üstün Ülker Ünsal Üzüm Yiğit Yeşil Yurt Yörük Zengin Zorlu Akdoğan Akgül Akın Alkan Altun
    Altıntaş Atasoy Ay Ayaz Aykaç Bağcı Balcı Baran Başaran Bayram Bilgiç Bilici Birlik Bozdağ Budak Ceylan Cengiz Çağlar
    Çalışkan Çınar Dalkılıç Deniz Dinç Dilek Dursun Ece Elçi Er Ergin Eroğlu Ertaş Esen Fırat Gezer Gümüş Gürbüz Hazar Han
    Kahraman Kalkan Karaca Karadağ Karakaş Karataş Kartal Kavak Kızıl Kızılkaya Kocabaş Kılınç Kırmızı Kök Kuş Levent Mert
    Nar Narin Oğuz Okçu Okumuş Oral Orak Sağlam Sağır Savaş Sevinç Soylu Sönmez Söğüt Subaşı Süren Tan Taşkın Temel Tokay
    Topal Tosun Tunç Türkmen Tütüncü Umut Urfalı Vural Yağız Yaman Yaşar Yeter Yoldaş Zeytin Dicle Murat Baki Baycan Berk
    Binici Çaçan Çiçek Demirel Dağdelen Ekmekçi Eğin Geylani Gündoğdu Karabulut Kaçmaz Kerimoğlu Hacıoğlu Mollaoğlu Şıhoğlu`),
};

const arabic: NameLists = {
  male: list(`
    Muhammed Ahmed Halid Mahmud Hüseyin Ali Omar Halil İbrahim Abdulkerim Abdurrahman Firas Bassam Cihad Hamza Hasan Yasir
    Mustafa Rami Samir Tarık Ziyad Adnan Bilal Fadi Faysal İsa Macid Nasır Nizar Raid Velid Yahya Zekeriya Anas Luey`),
  female: list(`
    Fatime Ayşe Meryem Hadice Zeyneb Nur Rana Hanan Amina Sümeyye Huda Hala Lina Maha Manal Nisrin Raniya Rim Rula Sabah
    Safa Samar Şahd Şeyma Vafa Yusra Zehra Gadir Gufran Bayan Betül Dima Dua Esma Farah İman`),
  surnames: list(`
    Elhüseyin Elmuhammed Elali Elahmed Elhasan Halebi Hamvi Şami Derzor Rakkavi Elabdullah Elhalaf Elhamad Elibrahim Elcasim
    Elomar Elsalih Elşeyh Elyusuf Kasım Hatib Haddad Naccar Masri Bağdadi Tikriti Elcuburi Elubeydi Kerküki Muslu`),
};

const afghan: NameLists = {
  male: list(
    'Abdul Gulam Habibullah Hamidullah Nasratullah Rahmatullah Sayed Zabihullah Ahmadşah Esmatullah Faridun Karim Mirveys Nacibullah Şafiullah',
  ),
  female: list('Fereşte Gulnar Hadiye Laila Marzia Nilufer Parvin Roya Sadaf Şakila Şukria Zarmina Zahra Mahgul Aziza'),
  surnames: list(
    'Ahmadi Akbari Azizi Barakzai Durrani Haydari Hakimi Karimi Mohammadi Nazari Noorzai Rahimi Rasuli Sadat Stanikzai Özbek Türkmeni',
  ),
};

const georgian: NameLists = {
  male: list('Giorgi Davit Levan Nika İrakli Zurab Tornike Beka Lasha Mamuka Temur Vakhtang Otar Merab Soso'),
  female: list('Nino Tamar Mariam Ketevan Nana Natia Eka Lela Manana Maka Tea Khatuna Nato İa Sopio'),
  surnames: list(
    'Beridze Kapanadze Gelaşvili Maisuradze Giorgadze Lomidze Tsiklauri Bolkvadze Kvaratskhelia Şavadze Abaşidze Mikeladze Diasamidze Surmanidze',
  ),
};

const azeri: NameLists = {
  male: list('Elçin Elnur Rövşen Vüqar İlqar Rauf Samir Tural Orxan Ramil Fuad Cavid Emin Anar Nicat'),
  female: list('Aygün Günel Sevinc Nigar Lale Turane Ülviyye Könül Aynur Gülnar Sebine Ayten Vefa Samire Xatire'),
  surnames: list('Aliyev Memmedov Hüseynov Quliyev İsmayılov Hesenov Abbasov Ceferov Ehmedov Süleymanov Babayev Nebiyev Rzayev Veliyev'),
};

export const nameLists = { turkish, arabic, afghan, georgian, azeri };
export type Culture = keyof typeof nameLists;
